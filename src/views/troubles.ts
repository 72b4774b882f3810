import { count } from './counts.ts'
import { moment } from './moments.ts'
import { spanText } from './spans.ts'
import type { AccountStatus, ExchangeStatus, LedgerStatus, PipelineStatus, Status } from './status.ts'

/** Something that a person should look at. */
export interface Trouble {
  /** Stable: `area.snake_case`. */
  readonly code: string
  /** The exchange, account or pipeline; absent = the service as a whole. */
  readonly subject?: string
  /** What it is and what to do. */
  readonly text: string
}

/** A marketplace that does not answer for so long needs somebody, milliseconds. */
const LASTING = 600_000
/** A key is to be exchanged so long before it dies, milliseconds. */
const KEY_WARNING = 14 * 86_400_000

/** Everything that somebody should look at, the gravest first; none = healthy: `obmen status` ends with 0. */
export function troublesOf(status: Status): readonly Trouble[] {
  const { service, timezone } = status
  const found: Trouble[] = []
  const add = (code: string, subject: string | undefined, text: string): void => {
    found.push({ code, ...(subject === undefined ? {} : { subject }), text })
  }
  if (service === undefined) add('service.never_ran', undefined, 'no service has run here yet: obmen start')
  else if (!service.running) {
    add(
      'service.not_running',
      undefined,
      `no service runs, the last one told of itself ${moment(service.at, timezone)}: obmen start`,
    )
  }
  const refused = service?.config?.refused
  if (refused !== undefined)
    add('config.refused', undefined, 'the configuration in the folder is not sound: obmen check')
  // What a service said before it ended is no trouble of now.
  if (service?.running === true) {
    for (const account of service.accounts) accountTroubles(account, status, add)
    for (const pipeline of service.pipelines) pipelineTroubles(pipeline, status, add)
    for (const { exchange, missing } of service.pictures ?? []) {
      if (missing > 0) add('exchange.pictures_missing', exchange, `missing: ${count(missing, 'picture')}`)
    }
  }
  for (const { name, keyExpiresAt } of status.accounts) {
    if (keyExpiresAt === undefined || keyExpiresAt - status.now > KEY_WARNING) continue
    const date = moment(keyExpiresAt, timezone)
    if (keyExpiresAt <= status.now) add('account.key_expired', name, `the key died ${date}: put a new one into .env`)
    else add('account.key_expires', name, `the key dies ${date}: put a new one into .env before`)
  }
  for (const exchange of status.exchanges) exchangeTroubles(exchange, status, add)
  for (const ledger of status.ledgers) ledgerTroubles(ledger, status, add)
  return found
}

type Add = (code: string, subject: string, text: string) => void

function accountTroubles({ name, health }: AccountStatus, { now }: Status, add: Add): void {
  const reason = health.reason ?? 'no reason given'
  if (health.state === 'stopped') add('account.stopped', name, reason)
  if (health.state !== 'down' || health.since === undefined || now - health.since < LASTING) return
  add('account.down', name, `does not answer for ${spanText(now - health.since)}: ${reason}`)
}

function pipelineTroubles(pipeline: PipelineStatus, { now }: Status, add: Add): void {
  const { name, blocked, stopped, readBack, fresh, waitingSince } = pipeline
  if (blocked !== undefined) add('pipeline.blocked', name, blocked)
  if (stopped !== undefined) add('pipeline.stopped', name, stopped)
  if (readBack?.fault !== undefined) add('pipeline.read_back', name, readBack.fault)
  if (isLate(pipeline, now)) {
    const waited = spanText(now - (waitingSince as number))
    add('pipeline.late', name, `values wait for ${waited}, promised are ${spanText(fresh as number)}`)
  }
}

/** True when the promise of a pipeline is broken. */
export function isLate({ fresh, waitingSince }: PipelineStatus, now: number): boolean {
  return fresh !== undefined && waitingSince !== undefined && now - waitingSince > fresh
}

function exchangeTroubles(exchange: ExchangeStatus, { now, timezone }: Status, add: Add): void {
  const { name, silent, orders, quarantined, inboxes } = exchange
  if (silent !== undefined) {
    const text = `1C is silent for ${spanText(now - silent.since)}, since ${moment(silent.since, timezone)}; allowed are ${spanText(silent.allowed)}`
    add('exchange.silent', name, text)
  }
  if (orders.stuck > 0)
    add('orders.stuck', name, `${count(orders.stuck, 'order')} cannot be given to 1C: obmen orders ls`)
  if (orders.cancelled > 0) {
    add('orders.cancelled', name, `${count(orders.cancelled, 'order')} to be cancelled in 1C: obmen orders ls`)
  }
  if (quarantined > 0) add('quarantine.files', name, `${count(quarantined, 'file')} in quarantine: obmen quarantine ls`)
  if (inboxes.some(({ held }) => held > 0)) {
    add('exchange.left_out', name, 'goods are missing in a full set, nothing is concluded: obmen held ls')
  }
}

function ledgerTroubles({ account, aspect, codes }: LedgerStatus, { service }: Status, add: Add): void {
  // What a person dropped waits for nobody.
  const held = Object.entries(codes['held'] ?? {}).reduce(
    (sum, [code, n]) => sum + (code === 'guard.dropped' ? 0 : n),
    0,
  )
  if (held === 0) return
  const pipeline = service?.pipelines.find((each) => each.account === account && each.aspect === aspect)?.name
  add('pipeline.held', pipeline ?? `${account} ${aspect}`, `${count(held, 'value')} held: obmen held ls`)
}

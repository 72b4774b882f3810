import { count } from './counts.ts'
import { moment } from './moments.ts'
import { inboxLines } from './set-status.ts'
import { rateText, spanText } from './spans.ts'
import type {
  AccountRecord,
  AccountStatus,
  ConfigVersions,
  ExchangeStatus,
  LedgerStatus,
  PipelineStatus,
  Status,
} from './status.ts'
import { isLate, troublesOf } from './troubles.ts'

type When = (ms: number | undefined) => string

/** The status as lines of text for a terminal; what somebody should look at stands on top. */
export function statusText(status: Status): string {
  const when: When = (ms) =>
    ms === undefined ? 'never' : `${clockText(ms, status.timezone)} (${ago(status.now - ms)})`
  const { service } = status
  const lines: string[] = [...troubleLines(status), serviceLine(status, when)]
  if (service?.config !== undefined) lines.push(...configLines(service.config, when))
  if ((service?.mailsWaiting ?? 0) > 0) lines.push(`mails waiting: ${service?.mailsWaiting}`)
  for (const exchange of status.exchanges) lines.push('', ...exchangeLines(exchange, status, when))
  for (const account of accountsOf(status)) lines.push('', ...accountLines(account, status, when))
  return `${lines.join('\n')}\n`
}

function troubleLines(status: Status): string[] {
  const troubles = troublesOf(status)
  if (troubles.length === 0) return ['healthy', '']
  const title = `LOOK: ${troubles.length === 1 ? '1 thing needs' : `${troubles.length} things need`} somebody`
  return [title, ...troubles.map(({ subject, text }) => `  ${subject === undefined ? '' : `${subject}: `}${text}`), '']
}

function serviceLine({ service }: Status, when: When): string {
  if (service === undefined) return 'service: never ran on this state folder'
  return `service: ${service.running ? `running, pid ${service.pid}` : 'not running'}, status of ${when(service.at)}`
}

function configLines({ inForce, refused }: ConfigVersions, when: When): string[] {
  const lines = [`configuration: version ${inForce.version} in force since ${when(inForce.since)}`]
  if (refused === undefined) return lines
  lines.push(`  REFUSED: version ${refused.version} in the folder, not sound since ${when(refused.since)}`)
  lines.push(...refused.findings.map((finding) => `    ${finding}`))
  if (refused.more > 0) lines.push(`    and ${refused.more} more: run "obmen check"`)
  return lines
}

const RUNS = {
  full: 'everything',
  delta: 'changes only',
  incomplete: 'incomplete',
  unknown: 'everything or changes, it does not say',
  open: 'still open',
} as const

function exchangeLines(exchange: ExchangeStatus, { service }: Status, when: When): string[] {
  const { name, products, newestStamp, newestFile, lastAppliedAt, fullStamp, lastRun, orders, quarantined } = exchange
  const lines = [
    `exchange ${name}: ${products} products`,
    `  data of 1C from ${when(newestStamp)}${newestFile === undefined ? '' : `, ${newestFile}`}`,
  ]
  if (lastRun !== undefined) {
    lines.push(`  last run ${RUNS[lastRun.is]}, its last file seen ${when(lastRun.lastFileAt)}${every(exchange)}`)
  }
  const full = fullStamp === undefined ? 'no full set yet' : `last full set from ${when(fullStamp)}`
  lines.push(`  last file applied ${when(lastAppliedAt)}, ${full}`)
  if (exchange.silent !== undefined) lines.push(`  SILENT since ${when(exchange.silent.since)}`)
  lines.push(...inboxLines(exchange.inboxes, when))
  const { open, waiting, stuck, cancelled } = orders
  lines.push(
    `  orders: ${open} open, ${waiting} not yet presented to 1C, ${stuck} stuck, ${cancelled} cancelled and not ticked off`,
  )
  for (const { published, missing } of (service?.pictures ?? []).filter((each) => each.exchange === name)) {
    lines.push(`  pictures: ${published} published${missing > 0 ? `, ${missing} MISSING` : ''}`)
  }
  if (quarantined > 0) lines.push(`  quarantine: ${count(quarantined, 'file')}`)
  return lines
}

function every({ runsEvery }: ExchangeStatus): string {
  return runsEvery === undefined ? '' : `; ${rhythmText(runsEvery)}`
}

/** How often 1C exports, to the minute: its schedule is no clockwork. */
function rhythmText(ms: number): string {
  return `a run about every ${spanText(Math.max(1, Math.round(ms / 60_000)) * 60_000)}`
}

/** Accounts as configured, else as the service knows them: its configuration may be another one. */
function accountsOf({ accounts, service }: Status): readonly Omit<AccountRecord, 'exchange'>[] {
  return accounts.length > 0 ? accounts : (service?.accounts ?? [])
}

function accountLines(account: Omit<AccountRecord, 'exchange'>, status: Status, when: When): string[] {
  const { service, timezone, now } = status
  const { name, approved, keyExpiresAt } = account
  const known = service?.accounts.find((each) => each.name === name)
  const mode = approved ? 'approved' : `observing: nothing is written until "obmen approve ${name}"`
  const title = known === undefined ? name : `${name} (${known.marketplace})`
  const lines = [`account ${title}: ${mode}; ${healthText(known, status, when)}`]
  if (keyExpiresAt !== undefined) {
    const left = keyExpiresAt > now ? `in ${spanText(keyExpiresAt - now)}` : 'it is dead'
    lines.push(`  key valid until ${moment(keyExpiresAt, timezone)} (${left})`)
  }
  if (service?.running === true && known?.limits !== undefined) {
    const left = known.limits.map((limit) => {
      return `${limit.free} of ${rateText(limit)}${limit.method === undefined ? '' : ` for ${limit.method}`}`
    })
    lines.push(`  requests left: ${left.join(', ')}`)
  }
  for (const pipeline of (service?.pipelines ?? []).filter((each) => each.account === name)) {
    lines.push(...pipelineLines(pipeline, status, when))
  }
  // Without a service that says what its pipelines do, the ledgers still tell what was done.
  if (known === undefined) {
    for (const ledger of status.ledgers.filter((each) => each.account === name)) {
      lines.push(`  ${ledger.aspect}:`, ...ledgerLines(ledger))
    }
  }
  for (const orders of (service?.orders ?? []).filter((each) => each.account === name)) {
    lines.push(`  ${orders.pipeline}: postings read ${when(orders.lastRead)}`)
  }
  return lines
}

function healthText(known: AccountStatus | undefined, { service }: Status, when: When): string {
  if (known === undefined || service?.running !== true) return 'no service asks it'
  const { state, since, reason } = known.health
  return `${state}${since === undefined ? '' : ` since ${when(since)}`}${reason === undefined ? '' : ` (${reason})`}`
}

function pipelineLines(pipeline: PipelineStatus, status: Status, when: When): string[] {
  const ledger = status.ledgers.find((each) => each.account === pipeline.account && each.aspect === pipeline.aspect)
  const { name, lastLook, plan, orphans, readBack, blocked, stopped } = pipeline
  const lines = [
    `  ${name}: looked ${when(lastLook?.at)}, ${lastLook?.items ?? 0} items; waiting to be sent: ${counted(plan)}${dueText(pipeline, status)}`,
    `    ${timesText(pipeline, ledger, status)}`,
  ]
  if (pipeline.fresh !== undefined) lines.push(`    ${freshText(pipeline, status.now, when)}`)
  if (ledger !== undefined) lines.push(...ledgerLines(ledger))
  if (orphans > 0) lines.push(`    orphans (known to the marketplace, not to 1C): ${orphans}`)
  if (readBack !== undefined) {
    const { read, of, fault } = readBack
    const waits = fault === undefined ? '' : `; it waits: ${fault}`
    lines.push(`    READING what the marketplace holds: ${read} of ${of} cards, nothing is sent before${waits}`)
  }
  if (blocked !== undefined) lines.push(`    HELD: ${blocked}`)
  if (stopped !== undefined) lines.push(`    STOPPED: ${stopped}`)
  return lines
}

function dueText({ due }: PipelineStatus, { now }: Status): string {
  if (due === undefined || (due.now === 0 && due.next === undefined)) return ''
  const next = due.next === undefined ? '' : `, the next in ${spanText(due.next - now)}`
  return `; ${due.now} due now${next}`
}

/** The three times apart: how old the data of 1C is, what we took, when the marketplace accepted. */
function timesText({ account, lastChange }: PipelineStatus, ledger: LedgerStatus | undefined, status: Status): string {
  const { timezone } = status
  const marketplace = status.service?.accounts.find((each) => each.name === account)?.marketplace ?? account
  const base = status.accounts.find((each) => each.name === account)?.exchange
  const exchange = status.exchanges.find((each) => each.name === base)
  const parts: string[] = []
  if (exchange?.newestStamp !== undefined) {
    const rhythm = exchange.runsEvery === undefined ? '' : ` (${rhythmText(exchange.runsEvery)})`
    parts.push(`data of 1C from ${clockText(exchange.newestStamp, timezone)}${rhythm}`)
  }
  if (lastChange !== undefined) parts.push(`ours ${spanText(lastChange.plannedAt - lastChange.seenAt)}`)
  const accepted = ledger?.newestAccepted
  parts.push(
    accepted === undefined
      ? `${marketplace} accepted nothing yet`
      : `${marketplace} accepted ${clockText(accepted, timezone)}`,
  )
  return parts.join(' · ')
}

function freshText(pipeline: PipelineStatus, now: number, when: When): string {
  const promise = `promised within ${spanText(pipeline.fresh as number)}`
  if (isLate(pipeline, now)) return `LATE: values wait since ${when(pipeline.waitingSince)}, ${promise}`
  return `${promise}: kept${pipeline.waitingSince === undefined ? '' : `, values wait since ${when(pipeline.waitingSince)}`}`
}

function ledgerLines({ accepted, attempts, codes, rejected }: LedgerStatus): string[] {
  const states = Object.entries(attempts).map(([state, count]) => {
    const reasons = codes[state] === undefined ? '' : ` (${counted(codes[state])})`
    return `${state} ${count}${reasons}`
  })
  return [
    `    accepted ${accepted}; attempts: ${states.length === 0 ? 'none' : states.join(', ')}`,
    `    rejected by the mapping: ${counted(rejected)}`,
  ]
}

function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return parts.length === 0 ? 'none' : parts.map(([name, count]) => `${name} ${count}`).join(', ')
}

function clockText(ms: number, timezone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' }).format(ms)
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min ago`
  const hours = Math.round(minutes / 60)
  return hours < 72 ? `${hours} h ago` : `${Math.floor(hours / 24)} days ago`
}

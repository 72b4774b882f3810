import { inboxLines, type InboxStatus } from './set-status.ts'

/** What a running service writes to `state/status.json`. Times are clock milliseconds. */
export interface ServiceStatus {
  readonly at: number
  readonly pid: number
  /** Absent from a service of an earlier version. */
  readonly config?: ConfigVersions
  readonly accounts: readonly AccountStatus[]
  readonly pipelines: readonly PipelineStatus[]
  readonly orders: readonly { readonly pipeline: string; readonly account: string; readonly lastRead?: number }[]
  /** Pictures of exchanges that publish them. */
  readonly pictures?: readonly { readonly exchange: string; readonly published: number; readonly missing: number }[]
  readonly mailsWaiting: number
}

/** Which configuration a service works by. Versions are short names, alike only for the same files. */
export interface ConfigVersions {
  readonly inForce: { readonly version: string; readonly since: number }
  /** What stands in the folder instead and is not sound. */
  readonly refused?: {
    readonly version: string
    readonly since: number
    /** The first findings, as `check` writes them. */
    readonly findings: readonly string[]
    /** How many there are besides. */
    readonly more: number
  }
}

/** An account as `status` shows it. */
export interface AccountStatus {
  readonly name: string
  readonly marketplace: string
  readonly approved: boolean
  readonly health: { readonly state: 'up' | 'down' | 'stopped'; readonly reason?: string }
  readonly warehouses: readonly string[]
}

/** A pipeline as `status` shows it. */
export interface PipelineStatus {
  readonly name: string
  readonly account: string
  readonly aspect: string
  /** Keys in the plan by lane. */
  readonly plan: Readonly<Record<string, number>>
  readonly population: number
  readonly orphans: number
  readonly lastLook?: {
    readonly at: number
    readonly items: number
    readonly planned: number
    readonly held: Readonly<Record<string, number>>
    readonly rejected: Readonly<Record<string, number>>
  }
  /** What the marketplace held before us is being read; nothing is sent before. */
  readonly readBack?: { readonly read: number; readonly of: number; readonly fault?: string }
  /** Why looks are held. */
  readonly blocked?: string
  /** Why it does not send until somebody acts. */
  readonly stopped?: string
}

/** What the store says of an exchange. */
export interface ExchangeStatus {
  readonly name: string
  readonly products: number
  readonly newestStamp?: number
  readonly newestFile?: string
  readonly lastAppliedAt?: number
  readonly fullStamp?: number
  readonly orders: {
    readonly open: number
    readonly waiting: number
    readonly stuck: number
    readonly cancelled: number
  }
  readonly quarantined: number
  /** What came of the export runs, by inbox. */
  readonly inboxes: readonly InboxStatus[]
}

/** Attempts of one ledger by state. */
export interface LedgerStatus {
  readonly account: string
  readonly aspect: string
  readonly accepted: number
  readonly attempts: Readonly<Record<string, number>>
}

/** Everything `obmen status` shows. */
export interface Status {
  readonly now: number
  /** Absent when no service has run on this state. */
  readonly service?: ServiceStatus & { readonly running: boolean }
  readonly exchanges: readonly ExchangeStatus[]
  readonly ledgers: readonly LedgerStatus[]
  readonly timezone: string
}

/** True when nothing needs a person: `obmen status` exits with 0. */
export function isHealthy(status: Status): boolean {
  const { service } = status
  if (service === undefined || !service.running || service.config?.refused !== undefined) return false
  const accounts = service.accounts.every((account) => account.health.state !== 'stopped')
  const pipelines = service.pipelines.every(
    (pipeline) => pipeline.blocked === undefined && pipeline.stopped === undefined,
  )
  return (
    accounts &&
    pipelines &&
    status.exchanges.every(({ orders, inboxes }) => orders.stuck === 0 && inboxes.every(({ held }) => held === 0))
  )
}

/** The status as lines of text for a terminal. */
export function statusText(status: Status): string {
  const when = (ms: number | undefined): string =>
    ms === undefined
      ? 'never'
      : `${new Intl.DateTimeFormat('sv-SE', { timeZone: status.timezone, dateStyle: 'short', timeStyle: 'medium' }).format(ms)} (${ago(status.now - ms)})`
  const { service } = status
  const lines: string[] = [
    service === undefined
      ? 'service: never ran on this state folder'
      : `service: ${service.running ? `running, pid ${service.pid}` : 'not running'}, status of ${when(service.at)}`,
  ]
  if (service?.config !== undefined) lines.push(...configLines(service.config, when))
  for (const e of status.exchanges) {
    lines.push('', `exchange ${e.name}: ${e.products} products`)
    lines.push(`  data of 1C from ${when(e.newestStamp)}${e.newestFile === undefined ? '' : `, ${e.newestFile}`}`)
    lines.push(`  last file applied ${when(e.lastAppliedAt)}, last full set from ${when(e.fullStamp)}`)
    lines.push(...inboxLines(e.inboxes, when))
    const { open, waiting, stuck, cancelled } = e.orders
    lines.push(
      `  orders: ${open} open, ${waiting} not yet presented to 1C, ${stuck} stuck, ${cancelled} cancelled and not ticked off`,
    )
    for (const { published, missing } of (service?.pictures ?? []).filter(({ exchange }) => exchange === e.name)) {
      lines.push(`  pictures: ${published} published${missing > 0 ? `, ${missing} MISSING` : ''}`)
    }
    if (e.quarantined > 0) lines.push(`  quarantine: ${e.quarantined} files`)
  }
  for (const account of service?.accounts ?? []) {
    const mode = account.approved ? 'approved' : `observing: nothing is written until "obmen approve ${account.name}"`
    const reason = account.health.reason === undefined ? '' : ` (${account.health.reason})`
    lines.push('', `account ${account.name} (${account.marketplace}): ${mode}; ${account.health.state}${reason}`)
    for (const pipeline of (service?.pipelines ?? []).filter((each) => each.account === account.name)) {
      lines.push(...pipelineLines(pipeline, status, when))
    }
    for (const orders of (service?.orders ?? []).filter((each) => each.account === account.name)) {
      lines.push(`  ${orders.pipeline}: postings read ${when(orders.lastRead)}`)
    }
  }
  if ((service?.mailsWaiting ?? 0) > 0) lines.push('', `mails waiting: ${service?.mailsWaiting}`)
  return `${lines.join('\n')}\n`
}

function configLines({ inForce, refused }: ConfigVersions, when: (ms: number) => string): string[] {
  const lines = [`configuration: version ${inForce.version} in force since ${when(inForce.since)}`]
  if (refused === undefined) return lines
  lines.push(`  REFUSED: version ${refused.version} in the folder, not sound since ${when(refused.since)}`)
  lines.push(...refused.findings.map((finding) => `    ${finding}`))
  if (refused.more > 0) lines.push(`    and ${refused.more} more: run "obmen check"`)
  return lines
}

function pipelineLines(pipeline: PipelineStatus, status: Status, when: (ms: number | undefined) => string): string[] {
  const ledger = status.ledgers.find((each) => each.account === pipeline.account && each.aspect === pipeline.aspect)
  const planned = counted(pipeline.plan)
  const lines = [
    `  ${pipeline.name}: looked ${when(pipeline.lastLook?.at)}, ${pipeline.lastLook?.items ?? 0} items; waiting to be sent: ${planned}`,
    `    accepted ${ledger?.accepted ?? 0}; attempts: ${counted(ledger?.attempts ?? {})}; rejected by the mapping: ${counted(pipeline.lastLook?.rejected ?? {})}`,
  ]
  if (pipeline.orphans > 0) lines.push(`    orphans (known to the marketplace, not to 1C): ${pipeline.orphans}`)
  if (pipeline.readBack !== undefined) {
    const { read, of, fault } = pipeline.readBack
    const waits = fault === undefined ? '' : `; it waits: ${fault}`
    lines.push(`    READING what the marketplace holds: ${read} of ${of} cards, nothing is sent before${waits}`)
  }
  if (pipeline.blocked !== undefined) lines.push(`    HELD: ${pipeline.blocked}`)
  if (pipeline.stopped !== undefined) lines.push(`    STOPPED: ${pipeline.stopped}`)
  return lines
}

function counted(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0)
  return parts.length === 0 ? 'none' : parts.map(([name, count]) => `${name} ${count}`).join(', ')
}

function ago(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 90) return `${seconds} s ago`
  const minutes = Math.round(seconds / 60)
  return minutes < 90 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`
}

import type { Health, LimitLeft } from '../core/marketplace.ts'
import type { InboxStatus } from './set-status.ts'

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
  readonly health: Health
  /** What was left of its limits; absent from a service of an earlier version. */
  readonly limits?: readonly LimitLeft[]
  readonly warehouses: readonly string[]
}

/** A pipeline as `status` shows it. */
export interface PipelineStatus {
  readonly name: string
  readonly account: string
  readonly aspect: string
  /** Keys in the plan by lane. */
  readonly plan: Readonly<Record<string, number>>
  /** Keys that may go now, and when the next of the others may; absent from a service of an earlier version. */
  readonly due?: { readonly now: number; readonly next?: number }
  /** Since when keys have been waiting without a pause. */
  readonly waitingSince?: number
  /** The promise: nothing waits longer unnoticed, milliseconds. */
  readonly fresh?: number
  /** The last change of 1C: when its file was seen, and when what follows from it was planned. What lies between is ours. */
  readonly lastChange?: { readonly seenAt: number; readonly plannedAt: number }
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
  /** The last export run that was seen; absent = none yet. */
  readonly lastRun?: ExportRun
  /** The usual time between two runs, milliseconds; absent while too few were seen. */
  readonly runsEvery?: number
  /** 1C has been silent for longer than `silence` allows. */
  readonly silent?: { readonly since: number; readonly allowed: number }
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

/** One export run of 1C. */
export interface ExportRun {
  readonly stamp: number
  /** When its last file so far was seen, clock milliseconds. */
  readonly lastFileAt: number
  /** `open`: more may come; `unknown`: its files do not say whether they are all there is. */
  readonly is: 'full' | 'delta' | 'incomplete' | 'unknown' | 'open'
}

/** What the store and the approvals say of an account. */
export interface AccountRecord {
  readonly name: string
  readonly exchange: string
  readonly approved: boolean
  /** Clock milliseconds; absent while the marketplace did not say. */
  readonly keyExpiresAt?: number
}

/** Attempts of one ledger by state. */
export interface LedgerStatus {
  readonly account: string
  readonly aspect: string
  /** Values that the marketplace is known to hold, and when it last accepted another one. */
  readonly accepted: number
  readonly newestAccepted?: number
  readonly attempts: Readonly<Record<string, number>>
  /** State → code of its reason → how many. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Items that the mapping cannot use, by code. */
  readonly rejected: Readonly<Record<string, number>>
}

/**
 * Everything `obmen status` shows; `--json` gives it with `healthy` and `troubles` in front. Fields may come, those there
 * are keep their names and meanings. Times are clock milliseconds, stamps of 1C epoch milliseconds.
 */
export interface Status {
  readonly now: number
  /** Absent when no service has run on this state. */
  readonly service?: ServiceStatus & { readonly running: boolean }
  readonly exchanges: readonly ExchangeStatus[]
  /** As configured; also while no service runs. */
  readonly accounts: readonly AccountRecord[]
  readonly ledgers: readonly LedgerStatus[]
  readonly timezone: string
}

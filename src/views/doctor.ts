import type { Verdict } from '../state/set-verdict.ts'
import type { Producer } from '../state/sets.ts'
import type { Survey } from './survey.ts'

/**
 * What `obmen doctor --json` prints, and what its text and workbook are made of. Fields may be added to it, none is
 * renamed or taken away. Stamps are epoch milliseconds of 1C, `at` is clock milliseconds.
 */
export interface Diagnosis extends Examined {
  /** The worst of the findings: something keeps every item from a marketplace, something is lost, or neither. */
  readonly verdict: 'blocked' | 'gaps' | 'ready'
  /** The gravest first. */
  readonly findings: readonly Finding[]
}

/** What is known of an exchange before anybody judges it. */
export interface Examined {
  readonly exchange: string
  readonly at: number
  /** IANA zone of the base. */
  readonly timezone: string
  /**
   * Where the base was read from: the state that the service keeps, or the files that still lie in the inboxes (they
   * stay there), or nowhere: no file has come yet.
   */
  readonly source: 'state' | 'inboxes' | 'nowhere'
  readonly service: 'running' | 'stopped' | 'never'
  /** Who wrote the newest files, and the version of their schema. Family null = unknown. */
  readonly producer: { readonly family: Producer; readonly version?: string }
  /** What the exchange is configured as; tells where to look in 1C while no file has come. */
  readonly profile: 'native' | 'unf' | 'bus-3.1'
  readonly inboxes: readonly ExaminedInbox[]
  /** Export runs, the newest first. */
  readonly runs: readonly ExaminedRun[]
  /** The last complete full set of each inbox and catalogue. */
  readonly full: readonly ExaminedFull[]
  /** The newest statement in force. */
  readonly data?: { readonly stamp: number; readonly file: string }
  /** Newest statements of prices and of stocks. */
  readonly pricesStamp?: number
  readonly stocksStamp?: number
  readonly quarantined: number
  /** Files in the inboxes that cannot be read; only with `source: 'inboxes'`. */
  readonly unread: readonly { readonly file: string; readonly code: string; readonly message: string }[]
  /** Currency words of the base that have no ISO code, built in or configured. */
  readonly unknownCurrencies: readonly string[]
  readonly survey: Survey
}

/** A folder that 1C drops files into. */
export interface ExaminedInbox {
  readonly inbox: string
  /** Exchange files that lie there now. */
  readonly waiting: number
  /** Why it cannot be looked into: a code of the disk such as `ENOENT`. */
  readonly fault?: string
}

/** The files of one export run. */
export interface ExaminedRun {
  readonly inbox: string
  readonly folder: string
  readonly stamp: number
  readonly family: Producer
  readonly version?: string
  readonly files: number
  /** More files may belong to it. */
  readonly open: boolean
  /** What it is, for goods (`import`) and offers of each catalogue. */
  readonly parts: readonly Verdict[]
}

/** A complete full set. */
export interface ExaminedFull {
  readonly inbox: string
  readonly catalogue: string
  readonly stamp: number
  /** Records of goods and of offers in it; absent before the service has closed it. */
  readonly products?: number
  readonly offers?: number
}

/** One thing that is missing or doubtful. Texts are Russian, whole sentences. */
export interface Finding {
  /** Stable; the keys of the tables of advice (`doctor-advice.ts`). */
  readonly code: string
  /** `blocks`: no item of the base can be sold so; `loss`: some items or the safety of the whole; `note`: good to know. */
  readonly severity: Severity
  readonly title: string
  /** What it means for a marketplace. */
  readonly means: string
  /** Where it is mended: in 1C by the configuration that wrote the files, or in ours. */
  readonly remedy: string
  /** How many have it, of how many; absent where nothing is counted. */
  readonly count?: number
  readonly of?: number
  /** Some that have it: article and name, or the text itself. */
  readonly examples: readonly string[]
}

/** How grave a finding is. */
export type Severity = 'blocks' | 'loss' | 'note'

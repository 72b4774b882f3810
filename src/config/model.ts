import type { Diagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import type { Secret } from '../core/secret.ts'
import type { Topic } from '../core/notice.ts'
import type { Aspect } from '../core/ledger.ts'

/** The whole configuration, validated. Paths are absolute, durations milliseconds, shares 0…1. */
export interface Config {
  /** The folder that holds `config/`; every relative path starts here. */
  readonly root: string
  readonly locale: 'ru' | 'en'
  readonly folders: {
    readonly state: string
    readonly work: string
    readonly archive: string
    readonly quarantine: string
    readonly reports: string
  }
  /** Where is written what a service holds as long as it runs. */
  readonly heldPlaces: { readonly state: Place; readonly work: Place; readonly redis: Place }
  /** Milliseconds the archive is kept. */
  readonly archiveKeep: number
  /** The store lies there instead of in the state folder; `prefix` begins every key. */
  readonly redis?: { readonly url: Secret; readonly prefix: string }
  readonly mail?: MailConfig
  readonly exchanges: ReadonlyMap<string, ExchangeConfig>
  readonly accounts: ReadonlyMap<string, AccountConfig>
  readonly pipelines: readonly PipelineConfig[]
}

/** How mail leaves and who gets which. */
export interface MailConfig {
  /** A nodemailer URL; it may hold a password. */
  readonly smtp: Secret
  readonly from: string
  /** Name of a group → addresses. */
  readonly people: ReadonlyMap<string, readonly string[]>
  /** Topic → names of groups. */
  readonly send: ReadonlyMap<Topic, readonly string[]>
  /** At most one report of changes and rejections in this time. Default 1 h. */
  readonly reportEvery: number
}

/** One 1C base: where it drops its files, where its orders go, what its words mean. */
export interface ExchangeConfig {
  readonly name: string
  readonly place: Place
  readonly inboxes: readonly string[]
  readonly orders?: { readonly file: string; readonly node: string }
  readonly profile: 'native' | 'unf' | 'bus-3.1'
  readonly numbers: { readonly prefix: string; readonly digits: number; readonly start: number }
  readonly take: 'move' | 'copy'
  /** IANA zone; 1C writes local time without one. */
  readonly timezone: string
  /** What 1C's quantity means. */
  readonly stock: 'free' | 'balance'
  /** Currency word of 1C → ISO code, besides the built-in ones. */
  readonly currency: ReadonlyMap<string, string>
  readonly settle: number
  /** Poll interval instead of file system events; absent = events. */
  readonly poll?: number
  /** A still file that is not closed after this goes to quarantine. Default 10 min. */
  readonly incomplete: number
  /** The files of an export run are all there when the inbox has been quiet for so long. Default 10 min. */
  readonly setQuiet: number
  /** What is concluded when a complete full export leaves goods out that were stated before. */
  readonly removed: 'ignore' | 'mark'
  /** Files wait for their marker: `*.done` = one per file, any other name = one per folder. */
  readonly marker?: string
  /** Where pictures are copied to (absolute folder), and the address it is served under, without a trailing slash. */
  readonly images?: { readonly publish: string; readonly baseUrl: string }
  readonly silence?: { readonly hours: WorkingHours; readonly work: number; readonly off: number }
}

/** Working hours of a shop, local to the exchange's time zone: days 1 (Monday) to 7, hours [from, to). */
export interface WorkingHours {
  readonly days: readonly number[]
  readonly from: number
  readonly to: number
  readonly source: string
}

/** One marketplace account, common part; `settings` passed the marketplace's own schema. */
export interface AccountConfig {
  readonly name: string
  readonly place: Place
  readonly marketplace: string
  readonly exchange: string
  /** Absolute URL without a trailing slash. */
  readonly baseUrl: string
  /** What the marketplace's own schema made of the rest of the account (clientId, apiKey, …). */
  readonly settings: unknown
  /** Expression → boolean; absent = every offer is selected. */
  readonly select?: ExpressionSource
  /** Expressions tried in order; the first non-empty, short enough and free one wins. */
  readonly identity: readonly ExpressionSource[]
  /** Marketplace warehouse (name or id) → where its stock comes from. */
  readonly warehouses: ReadonlyMap<string, AccountWarehouse>
  readonly stale?: { readonly after: number; readonly then: 'hold' | 'zero' }
  readonly counterparty?: Counterparty
  /** Marketplace status → text of the 1C node's table. */
  readonly status: ReadonlyMap<string, string>
}

/** What one warehouse of the marketplace is made of. */
export interface AccountWarehouse {
  readonly place: Place
  /** Names of 1C warehouses; `all` = everything that 1C states, with or without warehouses. */
  readonly from: readonly string[] | 'all'
  /** Name of the 1C warehouse that orders of this marketplace warehouse are written to. */
  readonly orders?: string
  readonly buffer: number
  readonly hideBelow: number
}

/** Who stands in 1C as the buyer of the postings of an account. */
export interface Counterparty {
  readonly name: string
  readonly kind: 'company' | 'person'
  readonly inn?: string
  readonly kpp?: string
}

/** An expression as written, with the place of its first character, for findings. */
export interface ExpressionSource {
  readonly text: string
  readonly place: Place
}

/** Where a pipeline reads; intervals in milliseconds. */
export type PipelineSource =
  | { readonly kind: 'exchange'; readonly exchange: string }
  | { readonly kind: 'catalogue'; readonly catalogue: string; readonly look: number }
  | { readonly kind: 'postings'; readonly account: string; readonly every: number }
  | { readonly kind: 'listing'; readonly account: string; readonly every: number }

/** Where a pipeline leads, and what becomes of what is no longer there. */
export interface PipelineTarget {
  readonly catalogue?: string
  readonly account?: string
  readonly exchange?: string
  readonly aspect?: Aspect
  readonly absent: 'ignore' | 'zero' | 'archive'
}

/** One pipeline file. */
export interface PipelineConfig {
  readonly name: string
  readonly place: Place
  /** Where `absent` is written, when it is. */
  readonly absentPlace?: Place
  readonly from: PipelineSource
  readonly to: PipelineTarget
  readonly stages: readonly StageUse[]
  /** Promise in milliseconds: nothing older than this goes unnoticed. */
  readonly fresh?: number
}

/** A stage as used in a pipeline; `options` passed the stage's own schema. */
export interface StageUse {
  readonly type: string
  readonly options: unknown
  readonly place: Place
  /** Place of an option by its path joined with dots (`price`, `maxChange`), for later findings. */
  readonly optionPlaces: ReadonlyMap<string, Place>
}

/** A loaded configuration, or all findings at once. `config` is absent when a finding is an error. */
export interface LoadResult {
  readonly config?: Config
  /** Absolute; also known when another part of the configuration is broken. */
  readonly stateFolder?: string
  /** In the order of files, lines and columns. */
  readonly diagnostics: readonly Diagnostic[]
  /** Changes when a file of the configuration or a variable it names changes; tables have their own. */
  readonly fingerprint: string
}

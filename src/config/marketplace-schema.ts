import type { ZodType } from 'zod'
import type { Aspect } from '../core/ledger.ts'

/** The declaration of a marketplace as the configuration sees it. */
export interface MarketplaceSchema {
  /**
   * Schema of the account's own keys (clientId, apiKey, …) besides the common ones. `apiKey` and `password` arrive as
   * `Secret`, every other value as it stands in YAML.
   */
  readonly settings: ZodType
  /** Base URL of accounts that name none. */
  readonly defaultBaseUrl: string
  /** What the marketplace's connector can write. */
  readonly aspects: readonly Aspect[]
}

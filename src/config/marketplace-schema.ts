import type { ZodObject } from 'zod'
import type { Aspect } from '../core/ledger.ts'

/** The declaration of a marketplace as the configuration sees it. */
export interface MarketplaceSchema {
  /** One sentence of user documentation. */
  readonly summary: string
  /**
   * Schema of the account's own keys (clientId, apiKey, …) besides the common ones. `apiKey` and `password` arrive as
   * `Secret`, every other value as it stands in YAML.
   */
  readonly settings: ZodObject
  /** Base URL of accounts that name none. */
  readonly defaultBaseUrl: string
  /** What the marketplace's connector can write. */
  readonly aspects: readonly Aspect[]
}

import type { Producer } from '../../state/sets.ts'
import type { Survey } from '../survey.ts'

/** Everything a first project is written from: what a person chose and what the base was found to have. */
export interface ProjectChoices {
  /** Name of the account: `ozon-main`. */
  readonly account: string
  /** Folders of the 1C base as they are written: relative to the project or absolute. */
  readonly inboxes: readonly string[]
  /** The order file as written; absent where orders cannot be written for this base. */
  readonly orders?: string
  readonly family: Producer
  /** IANA zone. */
  readonly timezone: string
  readonly take: 'move' | 'copy'
  readonly baseUrl?: string
  readonly mail?: { readonly admins: string; readonly managers: string }
  /** What stands in `.env`; what is absent is left to be filled in. */
  readonly secrets: { readonly clientId?: string; readonly apiKey?: string; readonly smtp?: string }
  /** Name of the price type that is sent; absent when the base states no price. */
  readonly priceType?: string
  /** Name of the price type that is struck out. */
  readonly oldPriceType?: string
  readonly select: Selection
  readonly warehouses: readonly WarehouseChoice[]
  readonly survey: Survey
}

/** Which offers are sold. `expression` is the mark's own, `flag(product.property("…"))`. */
export type Selection =
  | { readonly kind: 'mark'; readonly name: string; readonly expression: string }
  | { readonly kind: 'groups'; readonly names: readonly string[] }
  | { readonly kind: 'table' }
  | { readonly kind: 'stock' }

/** A warehouse of the marketplace with the warehouses of 1C its stock is made from. */
export interface WarehouseChoice {
  /** Name or id at the marketplace. */
  readonly name: string
  /** Names in 1C; empty = the base names none, its one total counts. */
  readonly from: readonly string[]
}

/** The warehouse that stands in a project whose account could not be asked; a person writes the real one over it. */
export const UNKNOWN_WAREHOUSE = 'ВПИШИТЕ СКЛАД OZON'

/** Names of the tables of a first project, without `.csv`. */
export const TABLES = { goods: 'ozon-goods', ids: 'ozon-ids', markup: 'ozon-markup', stop: 'ozon-stop' } as const

import type { Clock } from '../core/clock.ts'
import type { CompiledExpression } from '../core/expression.ts'
import type { Files } from '../core/files.ts'
import type { Log } from '../core/log.ts'
import type { Notifier } from '../core/notice.ts'
import type { ExpressionLeaf } from '../config/expression-leaf.ts'
import type { ExchangeConfig } from '../config/model.ts'
import type { Catalogue } from '../state/catalogue.ts'
import type { History } from '../state/history.ts'
import type { OrderBook } from '../state/order-book.ts'
import type { Account } from './account.ts'

/** One 1C base at run time. */
export interface Exchange {
  readonly config: ExchangeConfig
  readonly catalogue: Catalogue
  readonly orders: OrderBook
  readonly numbers: OrderNumbers
  /** Clock milliseconds when a file of the node that loads the orders was last seen, also before the start; undefined: none. */
  lastNodeFileAt(): number | undefined
}

/** The numbers of one exchange: one counter, one journal. */
export interface OrderNumbers {
  numberOf(account: string, posting: string): string | undefined
  /** Durable before it resolves; the same posting always gets the same number. */
  allocate(account: string, posting: string): Promise<string>
}

/** What stages may ask for; made by `app`, which is the only place that knows all parts. */
export interface Services {
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly notifier: Notifier
  readonly history: History
  /** The compiled expression of a leaf; the configuration was checked, so it compiles. */
  expression(leaf: ExpressionLeaf & { readonly kind: 'expression' }): CompiledExpression
  exchange(name: string): Exchange
  account(name: string): Account
  /** Items of an exchange changed: pipelines that read it look at them soon. */
  hint(exchange: string, itemIds: readonly string[]): void
}

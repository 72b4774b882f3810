import type { Decimal } from '../core/decimal.ts'
import type { Reason } from '../core/item.ts'

/** What a report is made of: plain data, collected by whoever asks for the report. Times are epoch milliseconds. */
export interface ReportInput {
  /** The cabinet as people call it, for example «Ozon». */
  readonly title: string
  /** Name of the account in the configuration. */
  readonly account: string
  readonly period: { readonly from: number; readonly to: number }
  /** IANA zone of the exchange. */
  readonly timezone: string
  /** Nobody has let the account write yet: nothing is sent, what would be sent is judged all the same. */
  readonly observing?: boolean
  /** What the values rest on: `ДатаФормирования` of the newest file applied. Absent = nothing came yet. */
  readonly data?: { readonly stamp: number; readonly file: string }
  /** How old the data may be before it is shown as late, milliseconds. */
  readonly fresh?: number
  /** What the marketplace accepted in the period, in order of time. Read once. */
  readonly changes: AsyncIterable<ReportChange> | Iterable<ReportChange>
  /** What it refused or we could not send: all that is open, and what was put right in the period. */
  readonly rejections: readonly ReportRejection[]
  readonly orders?: readonly ReportOrder[]
}

/** How people find an item. */
export interface ReportItem {
  readonly name: string
  readonly article: string
  /** Ид of the offer in 1C. */
  readonly code1c: string
  /** The account's own article. */
  readonly offerId: string
}

/** A value that the marketplace accepted. */
export interface ReportChange extends ReportItem {
  readonly time: number
  readonly aspect: 'prices' | 'stocks'
  /** Which of the prices; default `price`. */
  readonly field?: 'price' | 'oldPrice' | 'minPrice' | 'netPrice'
  /** Name of the marketplace's warehouse; stocks only. */
  readonly warehouse?: string
  /** Absent = never sent before. */
  readonly before?: Decimal
  readonly after: Decimal
  /** The expression or pipeline that gave the value. */
  readonly rule?: string
}

/** An item or value that cannot be sent, or no longer is so. */
export interface ReportRejection extends ReportItem {
  readonly aspect: 'prices' | 'stocks'
  readonly warehouse?: string
  readonly reason: Reason
  /** Compared with the last report: `new` was not in it, `open` was, `fixed` was and is gone. */
  readonly state: 'new' | 'open' | 'fixed'
  /** First and last time it was met. */
  readonly since: number
  readonly last: number
  /** `file:line` of the statement that is concerned, where one is known. */
  readonly place?: string
}

/** An order as the report shows it. */
export interface ReportOrder {
  /** Our number in 1C; absent while none was given. */
  readonly number?: string
  readonly posting: string
  /** The marketplace's status in the words of the account. */
  readonly status: string
  /** Not yet handed over: its deadline counts. */
  readonly open: boolean
  readonly shipBy?: number
  readonly warehouse: string
  /**
   * How far it has come on its way to 1C. `problem`: it needs a person; `cancelled`: 1C may know it and a person must
   * cancel it there; `done`: that was done; `withdrawn`: cancelled before 1C could know it.
   */
  readonly to1c: 'waiting' | 'written' | 'presented' | 'confirmed' | 'problem' | 'cancelled' | 'done' | 'withdrawn'
  readonly problem?: Reason
  readonly amount: Decimal
}

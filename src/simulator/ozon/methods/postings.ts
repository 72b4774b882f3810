import type { Call } from '../call.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { invalidArgument } from '../errors.ts'
import {
  embedded,
  flag,
  integer,
  integers,
  invalid,
  oneOf,
  pageLimit,
  requiredEmbedded,
  text,
  texts,
  time,
  topMessage,
  type Message,
} from '../fields.ts'
import { postingShape, type WithBlocks } from '../posting-shape.ts'
import type { Account, Posting } from '../state.ts'

// Page sizes, list lengths and the year: descriptions of the v4 lists, https://docs.ozon.ru/api/seller/, 2026-06-11.
const MAX_PAGE = 100
const MAX_IDS = 1_000
const MAX_ORDERS = 100
const MAX_PERIOD = 366 * 86_400_000

const UNFULFILLED: ReadonlySet<string> = new Set(['awaiting_packaging', 'awaiting_deliver'])

/** `POST /v4/posting/fbs/list`: postings created between `since` and `to`. */
export function postingList(call: Call): unknown {
  const request = topMessage('PostingFbsListRequest', call.body)
  const limit = pageLimit(request, MAX_PAGE)
  const filter = requiredEmbedded(request, 'filter')
  const since = requiredTime(filter, 'since')
  const to = requiredTime(filter, 'to')
  if (to < since) throw invalid(filter, 'to', 'value must be greater than since')
  if (to - since > MAX_PERIOD) throw invalidArgument('PERIOD_IS_TOO_LONG')
  const orderId = integer(filter, 'order_id')
  const orderNumbers = new Set(texts(filter, 'order_numbers', MAX_ORDERS))
  const common = commonFilter(filter)
  const found = call.account.postings.filter(
    (posting) =>
      posting.createdAt >= since &&
      posting.createdAt <= to &&
      (orderId === undefined || posting.orderId === orderId) &&
      (orderNumbers.size === 0 || orderNumbers.has(posting.orderNumber)) &&
      common(posting),
  )
  return pageOfPostings(request, found, limit)
}

/** `POST /v4/posting/fbs/unfulfilled/list`: postings that have not been handed over. */
export function unfulfilledList(call: Call): unknown {
  const request = topMessage('PostingFbsUnfulfilledListRequest', call.body)
  const limit = pageLimit(request, MAX_PAGE, MAX_PAGE)
  const found = unfulfilled(call.account, embedded(request, 'filter'))
  const page = pageOfPostings(request, found, limit)
  return { ...page, count: page.postings.length }
}

function unfulfilled(account: Account, filter: Message | undefined): readonly Posting[] {
  const open = account.postings.filter((posting) => UNFULFILLED.has(posting.status))
  if (filter === undefined) return open
  const cutoff = period(filter, 'cutoff_from', 'cutoff_to')
  const delivering = period(filter, 'delivering_date_from', 'delivering_date_to')
  if (cutoff !== undefined && delivering !== undefined) {
    throw invalid(filter, 'cutoff_from', 'cutoff and delivering_date must not stand together')
  }
  const common = commonFilter(filter)
  // What has not been handed over has no delivering date.
  return open.filter(
    (posting) =>
      within(posting.shipBy, cutoff) &&
      (delivering === undefined || posting.deliveringAt !== undefined) &&
      common(posting),
  )
}

/** The filters that both lists share. */
function commonFilter(filter: Message): (posting: Posting) => boolean {
  const changed = embedded(filter, 'last_changed_status_date')
  const changedPeriod = changed === undefined ? undefined : period(changed, 'from', 'to')
  const statuses = new Set(texts(filter, 'statuses', MAX_IDS))
  const warehouses = new Set([
    ...integers(filter, 'warehouse_ids', MAX_IDS),
    // The delivery method of an FBS posting bears the id of its warehouse.
    ...integers(filter, 'delivery_method_ids', MAX_IDS),
  ])
  return (posting) =>
    within(posting.statusChangedAt, changedPeriod) &&
    (statuses.size === 0 || statuses.has(posting.status)) &&
    (warehouses.size === 0 || warehouses.has(posting.warehouse.warehouseId))
}

/** Postings are told apart by their order id, which grows with time, so that new ones do not disturb the paging. */
function pageOfPostings(
  request: Message,
  found: readonly Posting[],
  limit: number,
): { readonly postings: readonly unknown[]; readonly cursor: string; readonly has_next: boolean } {
  const direction = oneOf(request, 'sort_dir', ['ASC', 'DESC']) === 'DESC' ? -1 : 1
  const [after] = decodeCursor(text(request, 'cursor'), 1) ?? []
  const rest = found
    .filter((posting) => after === undefined || (posting.orderId - after) * direction > 0)
    .sort((a, b) => (a.orderId - b.orderId) * direction)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const blocks = withBlocks(request)
  return {
    postings: page.map((posting) => postingShape(posting, blocks)),
    cursor: last === undefined ? '' : encodeCursor([last.orderId]),
    has_next: page.length < rest.length,
  }
}

function withBlocks(request: Message): WithBlocks {
  const wanted = embedded(request, 'with')
  const asked = (field: string): boolean => wanted !== undefined && flag(wanted, field)
  return {
    analytics: asked('analytics_data'),
    barcodes: asked('barcodes'),
    financial: asked('financial_data'),
    legal: asked('legal_info'),
  }
}

interface Period {
  readonly from: number
  readonly to: number
}

/** A period of two fields; undefined when neither is given, open where one is missing. */
function period(message: Message, fromField: string, toField: string): Period | undefined {
  const from = time(message, fromField)
  const to = time(message, toField)
  if (from === undefined && to === undefined) return undefined
  return { from: from ?? -Infinity, to: to ?? Infinity }
}

function within(at: number, limits: Period | undefined): boolean {
  return limits === undefined || (at >= limits.from && at <= limits.to)
}

function requiredTime(message: Message, field: string): number {
  const at = time(message, field)
  if (at === undefined) throw invalid(message, field, 'value is required')
  return at
}

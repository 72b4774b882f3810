/**
 * Methods that Ozon has switched off, and since when. The dates are those of the "News" page of the Seller API
 * documentation (https://docs.ozon.ru/api/seller/, read 2026-11-22); where a date was moved, the last one counts, where
 * only the month is known, its last day. Families that "News" names by a pattern are spelt out as far as they are known.
 */
const SWITCHED_OFF: readonly (readonly [since: string, ...paths: string[]])[] = [
  ['2024-02-09', '/v3/posting/fbs/ship', '/v3/posting/fbs/ship/package'],
  ['2024-03-11', '/v2/category/tree', '/v3/category/attribute', '/v2/category/attribute/values', '/v2/product/import'],
  ['2025-01-31', '/v3/product/info/stocks'],
  ['2025-02-09', '/v2/product/list', '/v3/products/info/attributes', '/v1/product/pictures/info'],
  ['2025-02-17', '/v2/product/info', '/v2/product/info/list', '/v4/product/info/prices'],
  ['2025-02-28', '/v3/returns/company/fbo', '/v3/returns/company/fbs', '/v1/report/returns/create'],
  ['2025-04-28', '/v1/finance/realization'],
  ['2025-05-27', '/v1/product/import/stocks'],
  [
    '2025-08-03',
    '/v1/conditional-cancellation/list',
    '/v1/conditional-cancellation/get',
    '/v1/conditional-cancellation/approve',
    '/v1/conditional-cancellation/reject',
  ],
  [
    '2025-12-03',
    '/v5/fbs/posting/product/exemplar/create-or-get',
    '/v4/fbs/posting/product/exemplar/set',
    '/v5/fbs/posting/product/exemplar/set',
    '/v4/fbs/posting/product/exemplar/status',
    '/v4/fbs/posting/product/exemplar/validate',
  ],
  ['2025-12-25', '/v2/posting/fbs/product/change'],
  ['2026-01-20', '/v2/fbs/posting/sent-by-seller'],
  ['2026-03-20', '/v1/posting/carriage-available/list', '/v1/carriage/delivery/list'],
  ['2026-03-22', '/v2/posting/fbs/digital/act/check-status', '/v2/posting/fbs/digital/act/get-pdf'],
  ['2026-04-07', '/v1/warehouse/list', '/v1/delivery-method/list', '/v1/product/info/stocks-by-warehouse/fbs'],
  ['2026-06-09', '/v2/chat/list', '/v2/chat/history'],
  [
    '2026-08-11',
    '/v2/returns/rfbs/verify',
    '/v2/returns/rfbs/reject',
    '/v2/returns/rfbs/compensate',
    '/v2/returns/rfbs/receive-return',
    '/v2/returns/rfbs/return-money',
  ],
  ['2026-08-19', '/v1/supply-order/timeslot/get'],
  [
    '2026-08-31',
    '/v3/posting/fbs/list',
    '/v3/posting/fbs/unfulfilled/list',
    '/v2/posting/fbo/list',
    '/v1/posting/digital/list',
  ],
  ['2026-09-07', '/v2/posting/fbs/act/create'],
  ['2026-09-08', '/v3/finance/transaction/list', '/v3/finance/transaction/totals'],
  ['2026-10-01', '/v1/product/pictures/import'],
  [
    '2026-10-13',
    '/v1/actions/candidates',
    '/v1/actions/products',
    '/v1/actions/products/activate',
    '/v1/actions/products/deactivate',
  ],
  [
    '2026-11-02',
    '/v2/posting/fbs/package-label',
    '/v1/posting/fbs/package-label/create',
    '/v2/posting/fbs/package-label/create',
    '/v1/posting/fbs/package-label/get',
  ],
]

/** The field `total` of product lists is gone from then on (`total_items` stays): "News" of 2026-09-24. */
const TOTAL_GONE = Date.parse('2026-11-23T00:00:00Z')

/** Path → epoch milliseconds since when it answers "obsolete method cannot be used". */
export function deadMethods(): ReadonlyMap<string, number> {
  return new Map(
    SWITCHED_OFF.flatMap(([since, ...paths]) => paths.map((path) => [path, Date.parse(`${since}T00:00:00Z`)] as const)),
  )
}

/** The counters of a product list as they look at this time. */
export function totals(count: number, now: number): { readonly total_items: number; readonly total?: number } {
  return now < TOTAL_GONE ? { total: count, total_items: count } : { total_items: count }
}

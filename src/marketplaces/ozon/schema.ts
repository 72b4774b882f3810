import { z } from 'zod'

/*
 * What the connector reads of Ozon's answers, and nothing else: other fields may come and go. Ozon mixes spellings
 * (int64 as number or text, null for an empty block), so every schema takes both.
 */

/** An int64, as text: it may exceed what a number holds. */
const id = z.union([z.string(), z.number()]).transform(String)
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '')
/** A number that may come as text; undefined when absent, null or empty. */
const amount = z
  .union([z.number(), z.string()])
  .nullish()
  .transform((value) => (value === null || value === undefined || value === '' ? undefined : String(value)))
const count = z
  .union([z.number(), z.string().regex(/^-?\d+$/)])
  .nullish()
  .transform((value) => (value === null || value === undefined ? undefined : Number(value)))
/** `has_next` stands as text in the docs' example of warehouses. */
const flag = z
  .union([z.boolean(), z.string()])
  .nullish()
  .transform((value) => value === true || value === 'true')
const time = z
  .string()
  .nullish()
  .transform((value) => {
    const ms = Date.parse(value ?? '')
    return Number.isNaN(ms) ? undefined : ms
  })
function list<T extends z.ZodType>(row: T) {
  return z
    .array(row)
    .nullish()
    .transform((value) => value ?? [])
}

const itemError = z.object({ code: text, message: text })
/** Why Ozon refused one item. */
export type ItemError = z.infer<typeof itemError>

/** `/v1/product/import/prices` */
export const pricesAnswer = z.object({
  result: z.array(z.object({ offer_id: text, updated: flag, errors: list(itemError) })),
})
/** What Ozon says to prices, item by item. */
export type PricesAnswer = z.infer<typeof pricesAnswer>

/** `/v2/products/stocks` */
export const stocksAnswer = z.object({
  result: z.array(z.object({ offer_id: text, warehouse_id: id, updated: flag, errors: list(itemError) })),
})
/** What Ozon says to stocks, pair by pair. */
export type StocksAnswer = z.infer<typeof stocksAnswer>

/** `/v1/roles` */
export const rolesAnswer = z.object({
  expires_at: time,
  roles: list(z.object({ methods: list(z.string()) })),
})

/** `/v2/warehouse/list` */
export const warehousesAnswer = z.object({
  warehouses: list(z.object({ warehouse_id: id, name: text, status: text })),
  cursor: text,
  has_next: flag,
})

/** `/v3/product/list` */
export const listingAnswer = z.object({
  result: z.object({ items: z.array(z.object({ offer_id: z.string(), product_id: id })), last_id: text }),
})

/** `/v3/product/info/list` */
export const cardsAnswer = z.object({
  items: z.array(
    z.object({
      offer_id: z.string(),
      id,
      sku: id.nullish(),
      name: text,
      barcodes: list(z.string()),
      is_archived: flag,
    }),
  ),
})
/** One card as Ozon describes it. */
export type ListedCard = z.infer<typeof cardsAnswer>['items'][number]

/** `/v5/product/info/prices` */
export const listedPricesAnswer = z.object({
  items: z.array(
    z.object({
      offer_id: z.string(),
      price: z.object({ price: amount, old_price: amount, min_price: amount, net_price: amount }).nullish(),
    }),
  ),
  cursor: text,
})
/** Prices of one offer as listed. */
export type ListedPrices = z.infer<typeof listedPricesAnswer>['items'][number]

/** `/v2/product/info/stocks-by-warehouse/fbs` */
export const listedStocksAnswer = z.object({
  products: z.array(
    z.object({ offer_id: z.string(), warehouse_id: id, free_stock: count, present: count, reserved: count }),
  ),
  cursor: text,
  has_next: flag,
})
/** Stock of one offer in one warehouse as listed. */
export type ListedStock = z.infer<typeof listedStocksAnswer>['products'][number]

/** A page of postings. Each is read by itself ({@link posting}): one odd posting must not hide the others. */
export const postingsAnswer = z.object({ postings: z.array(z.unknown()), cursor: text, has_next: flag })

/** One posting of the v4 lists. Money has no default: a posting whose price cannot be read is not read. */
export const posting = z.object({
  posting_number: z.string().min(1),
  status: z.string(),
  in_process_at: time,
  shipment_date: time,
  shipment_date_without_delay: time,
  delivery_method: z.object({ warehouse_id: id.nullish(), warehouse: text }).nullish(),
  products: z.array(
    z.object({
      offer_id: z.string(),
      name: text,
      quantity: z.coerce.number().int().positive(),
      price: z.object({ amount: z.union([z.string().regex(/^-?\d+(\.\d+)?$/), z.number()]), currency: text }),
    }),
  ),
})
/** A posting as Ozon states it. */
export type OzonPosting = z.infer<typeof posting>

/** The envelope of every 4xx and 5xx answer; `code` is a gRPC code. */
export const errorAnswer = z.object({ code: z.union([z.number(), z.string()]).nullish(), message: text })

import type { ZodType } from 'zod'
import { ObmenError } from '../../core/errors.ts'
import type { Reason } from '../../core/item.ts'
import type { Outcome, PriceValue, StockValue, WriteItem } from '../../core/marketplace.ts'
import type { HttpResponse } from '../../http/client.ts'
import { parseRetryAfter } from '../../http/retry-after.ts'
import {
  CIRCLE_OPEN_WAIT_MS,
  MIN_PRICE_LIFE_MS,
  NOT_READY_WAIT_MS,
  PRICE_LIMIT_WAIT_MS,
  RATE_LIMIT_WAIT_MS,
  STOCK_INTERVAL_MS,
} from './limits.ts'
import { errorAnswer, type ItemError, type PricesAnswer, type StocksAnswer } from './schema.ts'

/** gRPC code of an answer that a switched-off method gives. */
const FAILED_PRECONDITION = 9
const TEXT_KEPT = 500

/**
 * What a status says about the request as a whole; undefined for 2xx, whose body must be looked into.
 * A refusal of the content is fatal `ozon.refused`; writers find the item it is about.
 */
export function requestFailure(method: string, response: HttpResponse, now: number): ObmenError | undefined {
  const { status } = response
  if (status >= 200 && status <= 299) return undefined
  const { code, message } = readError(response)
  const said = `calling Ozon ${method}: ${status} ${message}`.trim()
  const details = { status, method }

  if (status === 429) {
    return new ObmenError('transient', 'ozon.rate_limited', said, {
      retryAfterMs:
        itemRetryAfter(response) ?? parseRetryAfter(response.headers['retry-after'], now) ?? RATE_LIMIT_WAIT_MS,
      details: { ...details, sent: 'no' },
      remedy: 'Nothing to do: it is tried again by itself; another program may use the limit of this cabinet.',
    })
  }
  if (/circle is open/i.test(message)) {
    return new ObmenError('transient', 'ozon.circle_open', said, {
      retryAfterMs: CIRCLE_OPEN_WAIT_MS,
      details: { ...details, sent: 'no' },
      remedy: 'Nothing to do: Ozon closed this method for some minutes; it is tried again by itself.',
    })
  }
  if (status >= 500 || status === 408) {
    return new ObmenError('transient', 'ozon.server_error', said, {
      details: { ...details, sent: 'maybe' },
      remedy: 'Nothing to do at once: it is tried again by itself; if it lasts, look at the news of the Ozon cabinet.',
    })
  }
  if (status === 401 || status === 403) {
    return new ObmenError('fatal', 'ozon.unauthorized', said, {
      details: { ...details, sent: 'no' },
      remedy:
        'In the Ozon cabinet open Settings → API keys: check that the key is active, not expired, has the roles needed and allows the address of this machine; put a new one into the account.',
    })
  }
  if (status === 410 || (code === FAILED_PRECONDITION && /obsolete/i.test(message))) {
    return new ObmenError('fatal', 'ozon.method_switched_off', said, {
      details: { ...details, sent: 'no' },
      remedy: `Ozon switched ${method} off: install a newer version of Obmen.`,
    })
  }
  return new ObmenError('fatal', 'ozon.refused', said, {
    details: { ...details, sent: 'no', message },
    remedy: 'Read what Ozon says about the request; if it names no data of yours, report it to the makers of Obmen.',
  })
}

/** The body of a 2xx answer. @throws ObmenError fatal `ozon.unexpected_answer` (sent: maybe) */
export function readAnswer<T>(method: string, schema: ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body)
  if (parsed.success) return parsed.data
  const first = parsed.error.issues[0]
  const place = first === undefined ? '' : ` at ${first.path.join('.') || 'the top'}: ${first.message}`
  throw new ObmenError(
    'fatal',
    'ozon.unexpected_answer',
    `reading the answer of Ozon ${method}: unknown shape${place}`,
    {
      cause: parsed.error,
      details: { method, sent: 'maybe' },
      remedy: 'Ozon changed this method: install a newer version of Obmen.',
    },
  )
}

/** What became of each price; every item has an outcome. */
export function priceOutcomes(items: readonly WriteItem<PriceValue>[], answer: PricesAnswer, now: number): Outcome[] {
  const rows = new Map(answer.result.map((row) => [row.offer_id, row]))
  return items.map((item) => {
    const row = rows.get(item.offerId)
    if (row === undefined) return unanswered(item.key)
    if (!row.updated) return refusedPrice(item.key, row.errors)
    const { key } = item
    return item.value.minPrice === undefined
      ? { key, state: 'accepted' }
      : { key, state: 'accepted', until: now + MIN_PRICE_LIFE_MS }
  })
}

function refusedPrice(key: string, errors: readonly ItemError[]): Outcome {
  // Ozon has no stable code for it: "error limiting: acquire limit per item: items limit: limit exceeded".
  if (errors.some((e) => /limit per item|items? limit|limit exceeded/i.test(`${e.code} ${e.message}`))) {
    return { key, state: 'waiting', reason: reasonOf(errors), retryAfterMs: PRICE_LIMIT_WAIT_MS }
  }
  return refused(key, errors)
}

/** Item codes that pass by themselves once Ozon has finished the card. */
const NOT_READY = new Set([
  'PRODUCT_IS_NOT_CREATED',
  'PRICE_IS_NOT_SENT',
  'INVALID_STATE',
  'SOURCE_TYPE_NOT_FOUND',
  'CANNOT_CREATE_FBS_SKU',
])

/** What became of each stock; every item has an outcome. */
export function stockOutcomes(items: readonly WriteItem<StockValue>[], answer: StocksAnswer): Outcome[] {
  const rows = new Map(answer.result.map((row) => [`${row.offer_id}\n${row.warehouse_id}`, row]))
  return items.map((item) => {
    const row = rows.get(`${item.offerId}\n${item.warehouseId ?? ''}`)
    if (row === undefined) return unanswered(item.key)
    return row.updated ? { key: item.key, state: 'accepted' } : refusedStock(item.key, row.errors)
  })
}

function refusedStock(key: string, errors: readonly ItemError[]): Outcome {
  const codes = errors.map((e) => e.code.trim().toUpperCase())
  if (codes.length > 0 && codes.every((code) => code === 'SKU_STOCK_NOT_CHANGE')) {
    return { key, state: 'accepted', unchanged: true }
  }
  if (codes.includes('TOO_MANY_REQUESTS') || errors.some((e) => /too frequently/i.test(e.message))) {
    return { key, state: 'waiting', reason: reasonOf(errors), retryAfterMs: STOCK_INTERVAL_MS }
  }
  if (codes.some((code) => NOT_READY.has(code))) {
    return { key, state: 'waiting', reason: reasonOf(errors), retryAfterMs: NOT_READY_WAIT_MS }
  }
  return refused(key, errors)
}

/** Not updated and no reason given, or a fault inside Ozon: nothing of ours is wrong, so it is asked again. */
function refused(key: string, errors: readonly ItemError[]): Outcome {
  const isOzonsFault = errors.length === 0 || errors.some((e) => /^internal/i.test(`${e.code}${e.message}`))
  return isOzonsFault
    ? { key, state: 'waiting', reason: reasonOf(errors), retryAfterMs: NOT_READY_WAIT_MS }
    : { key, state: 'rejected', reason: reasonOf(errors) }
}

function unanswered(key: string): Outcome {
  return {
    key,
    state: 'unknown',
    reason: { code: 'ozon.unanswered', message: 'Ozon’s answer does not name this item' },
  }
}

/** Ozon's first code and all its words. */
function reasonOf(errors: readonly ItemError[]): Reason {
  const code = errors[0]?.code.trim().replaceAll(/\W+/g, '_') ?? ''
  const message = errors.map((e) => (e.message === '' ? e.code : e.message)).join('; ')
  return {
    code: code === '' ? 'ozon.not_updated' : `ozon.${code}`,
    message: message === '' ? 'Ozon did not take the value and gave no reason' : message,
  }
}

function readError(response: HttpResponse): { readonly code: number; readonly message: string } {
  const parsed = errorAnswer.safeParse(response.body)
  if (parsed.success)
    return { code: Number(parsed.data.code ?? Number.NaN), message: parsed.data.message.slice(0, TEXT_KEPT) }
  return { code: Number.NaN, message: typeof response.body === 'string' ? response.body.slice(0, TEXT_KEPT) : '' }
}

/** `Item-Retry-After` counts minutes, unlike `Retry-After`. */
export function itemRetryAfter(response: HttpResponse): number | undefined {
  const minutes = Number(response.headers['item-retry-after'] ?? Number.NaN)
  return minutes >= 0 ? minutes * 60_000 : undefined
}

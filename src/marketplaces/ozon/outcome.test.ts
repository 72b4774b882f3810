import { describe, expect, test } from 'vitest'
import type { PriceValue, StockValue, WriteItem } from '../../core/marketplace.ts'
import type { HttpResponse } from '../../http/client.ts'
import { priceOutcomes, readAnswer, requestFailure, stockOutcomes } from './outcome.ts'
import { pricesAnswer, stocksAnswer } from './schema.ts'

const NOW = 1_000_000

function response(status: number, body: unknown, headers: Record<string, string> = {}): HttpResponse {
  return { status, headers, body }
}

describe('a request as a whole', () => {
  test.each([
    [401, { code: 16, message: 'Invalid Api-Key' }, 'fatal', 'ozon.unauthorized', 'no'],
    [403, { code: 7, message: 'Api-Key is missing a required role' }, 'fatal', 'ozon.unauthorized', 'no'],
    [400, { code: 9, message: 'obsolete method cannot be used' }, 'fatal', 'ozon.method_switched_off', 'no'],
    [410, 'Gone', 'fatal', 'ozon.method_switched_off', 'no'],
    [400, { code: 9, message: 'posting has another status' }, 'fatal', 'ozon.refused', 'no'],
    [400, { code: '3', message: 'Request validation error' }, 'fatal', 'ozon.refused', 'no'],
    [404, '<html>', 'fatal', 'ozon.refused', 'no'],
    [503, { code: 14, message: 'Circle is open' }, 'transient', 'ozon.circle_open', 'no'],
    [500, { code: 13, message: 'Internal error' }, 'transient', 'ozon.server_error', 'maybe'],
    [502, '<html>', 'transient', 'ozon.server_error', 'maybe'],
    [429, undefined, 'transient', 'ozon.rate_limited', 'no'],
  ])('%s %j is %s %s, executed: %s', (status, body, kind, code, sent) => {
    const failure = requestFailure('/v1/x', response(status, body), NOW)

    expect(failure).toMatchObject({ kind, code, details: { sent, status, method: '/v1/x' } })
    expect(failure?.remedy).toBeTruthy()
  })

  test('the message says what was called and what Ozon said', () => {
    const failure = requestFailure('/v1/x', response(500, { code: 13, message: 'Internal error' }), NOW)

    expect(failure?.message).toBe('calling Ozon /v1/x: 500 Internal error')
  })

  test.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'item-retry-after': '3', 'retry-after': '1' }, 180_000],
    [{}, 2000],
  ])('a 429 with %j asks for %s ms', (headers, expected) => {
    expect(requestFailure('/v1/x', response(429, {}, headers), NOW)?.retryAfterMs).toBe(expected)
  })

  test('2xx is left to its body', () => {
    expect(requestFailure('/v1/x', response(200, { code: 5, message: 'no' }), NOW)).toBeUndefined()
  })
})

test.each([undefined, 'ok', [], {}, { result: {} }, { result: [{ offer_id: 5 }] }])(
  'the 200 body %j is no answer, and nothing is known of the items',
  (body) => {
    const read = (): unknown => readAnswer('/v1/product/import/prices', pricesAnswer, body)

    expect(read).toThrow(
      expect.objectContaining({
        kind: 'fatal',
        code: 'ozon.unexpected_answer',
        details: { method: '/v1/product/import/prices', sent: 'maybe' },
      }),
    )
  },
)

describe('prices inside a 200', () => {
  const item = (offerId: string, value: Partial<PriceValue> = {}): WriteItem<PriceValue> => ({
    key: `key-${offerId}`,
    itemId: offerId,
    offerId,
    value: { price: '1', ...value },
  })
  const outcomes = (items: readonly WriteItem<PriceValue>[], result: unknown) =>
    priceOutcomes(items, readAnswer('m', pricesAnswer, { result }), NOW)

  test('accepted; with a minimum price for thirty days', () => {
    const items = [item('a'), item('b', { minPrice: '0.6' })]
    const result = [
      { offer_id: 'b', product_id: 2, updated: true, errors: null },
      { offer_id: 'a', product_id: '1', updated: true, errors: [] },
    ]

    expect(outcomes(items, result)).toEqual([
      { key: 'key-a', state: 'accepted' },
      { key: 'key-b', state: 'accepted', until: NOW + 30 * 86_400_000 },
    ])
  })

  test('rejected with Ozon’s code and all its words', () => {
    const errors = [
      { code: 'discount_too_big', message: 'Слишком большая скидка' },
      { code: 'NOT_FOUND_ERROR', message: '' },
    ]

    expect(outcomes([item('a')], [{ offer_id: 'a', updated: false, errors }])).toEqual([
      {
        key: 'key-a',
        state: 'rejected',
        reason: { code: 'ozon.discount_too_big', message: 'Слишком большая скидка; NOT_FOUND_ERROR' },
      },
    ])
  })

  test('the limit of ten an hour passes by itself', () => {
    const message = 'error limiting: acquire limit per item: items limit: limit exceeded'

    expect(outcomes([item('a')], [{ offer_id: 'a', updated: false, errors: [{ code: '', message }] }])).toEqual([
      { key: 'key-a', state: 'waiting', reason: { code: 'ozon.not_updated', message }, retryAfterMs: 600_000 },
    ])
  })

  test('an item that the answer leaves out may or may not be done', () => {
    expect(outcomes([item('a'), item('b')], [{ offer_id: 'a', updated: true }])).toEqual([
      { key: 'key-a', state: 'accepted' },
      {
        key: 'key-b',
        state: 'unknown',
        reason: { code: 'ozon.unanswered', message: 'Ozon’s answer does not name this item' },
      },
    ])
  })

  test('refused without a reason, or by a fault of Ozon’s own, is asked again', () => {
    const result = [
      { offer_id: 'a', updated: false, errors: [] },
      { offer_id: 'b', updated: false, errors: [{ code: 'INTERNAL', message: 'Internal error' }] },
    ]

    expect(outcomes([item('a'), item('b')], result).map((o) => o.state)).toEqual(['waiting', 'waiting'])
  })
})

describe('stocks inside a 200', () => {
  const item = (offerId: string, warehouseId: string): WriteItem<StockValue> => ({
    key: `${offerId}@${warehouseId}`,
    itemId: offerId,
    offerId,
    warehouseId,
    value: { quantity: 1 },
  })
  const outcomeOf = (code: string, message = '') => {
    const result = [{ offer_id: 'a', warehouse_id: '1', updated: false, errors: [{ code, message }] }]
    return stockOutcomes([item('a', '1')], readAnswer('m', stocksAnswer, { result }))[0]
  }

  test('are paired by article and warehouse, ids in either spelling', () => {
    const result = [
      { offer_id: 'a', warehouse_id: 22_142_605_386_000, updated: true, errors: [] },
      { offer_id: 'a', warehouse_id: '7', updated: 'false', errors: [{ code: 'WAREHOUSE_NOT_FOUND', message: 'нет' }] },
    ]

    expect(
      stockOutcomes(
        [item('a', '7'), item('a', '22142605386000'), item('a', '8')],
        readAnswer('m', stocksAnswer, { result }),
      ),
    ).toEqual([
      { key: 'a@7', state: 'rejected', reason: { code: 'ozon.WAREHOUSE_NOT_FOUND', message: 'нет' } },
      { key: 'a@22142605386000', state: 'accepted' },
      {
        key: 'a@8',
        state: 'unknown',
        reason: { code: 'ozon.unanswered', message: 'Ozon’s answer does not name this item' },
      },
    ])
  })

  test('the same stock again is as good as accepted', () => {
    expect(outcomeOf('SKU_STOCK_NOT_CHANGE')).toEqual({ key: 'a@1', state: 'accepted', unchanged: true })
  })

  test.each([
    ['TOO_MANY_REQUESTS', '', 30_000],
    ['', 'Stock is updated too frequently', 30_000],
    ['product_is_not_created', '', 600_000],
    ['PRICE_IS_NOT_SENT', '', 600_000],
    ['INVALID_STATE', '', 600_000],
    ['SOURCE_TYPE_NOT_FOUND', '', 600_000],
    ['CANNOT_CREATE_FBS_SKU', '', 600_000],
  ])('%s %s passes by itself', (code, message, retryAfterMs) => {
    expect(outcomeOf(code, message)).toMatchObject({ state: 'waiting', retryAfterMs })
  })

  test.each(['PRODUCT_IS_ARCHIVED', 'NOT_FOUND', 'NON_KGT_ON_KGT_WAREHOUSE', 'SOMETHING_NEW'])(
    '%s is a rejection',
    (code) => {
      expect(outcomeOf(code)).toEqual({
        key: 'a@1',
        state: 'rejected',
        reason: { code: `ozon.${code}`, message: code },
      })
    },
  )
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../../src/core/clock.ts'
import { ObmenError } from '../../src/core/errors.ts'
import type {
  Connector,
  ListingRow,
  Outcome,
  PriceValue,
  StockValue,
  WriteItem,
  Writer,
} from '../../src/core/marketplace.ts'
import type { Posting } from '../../src/core/order.ts'

/** Trouble that a marketplace can be put into. */
export type Trouble =
  /** Refused by a limit, with or without Retry-After (seconds). */
  | { readonly kind: 'limited'; readonly retryAfter?: number }
  /** A 5xx without effect. */
  | { readonly kind: 'failing' }
  /** The effect takes place, the connection is cut. */
  | { readonly kind: 'replyLost' }
  /** The effect takes place, the answer does not come while the test runs. */
  | { readonly kind: 'silent' }
  /** The key is not valid any more. */
  | { readonly kind: 'keyRevoked' }

/** A connector before a marketplace that behaves, until it is told otherwise. */
export interface ConnectorFixture {
  readonly connector: Connector
  /** The clock of both sides; it should run many times faster than real time. */
  readonly clock: Clock
  /** At least four articles the marketplace knows and sells at 1,000; one of them with Cyrillic and an emoji in it. */
  readonly offers: readonly string[]
  /** An article it does not know. */
  readonly unknownOffer: string
  readonly warehouseId: string
  trouble(trouble: Trouble | undefined): Promise<void>
  /** Writes that have arrived so far, refused ones included. */
  writes(): Promise<number>
  /** A buyer orders one piece of an article at 1,000; gives the posting number. */
  order(offerId: string): Promise<string>
  cancel(posting: string): Promise<void>
  /** Complaints about the requests sent so far by the documented schema, if there is one. */
  complaints(): Promise<readonly string[]>
  close(): Promise<void>
}

/** One aspect under test. */
interface Subject<V> {
  readonly writer: Writer<V>
  value(n: number): V
  /** What the listing shows of an article, spelt as `value`. */
  shown(offerId: string): Promise<V | undefined>
  readonly warehouseId?: string
}

/** What every connector must do, whatever the marketplace. */
export function describeConnector(name: string, setUp: () => Promise<ConnectorFixture>): void {
  describe(`${name} as a connector`, () => {
    let fixture: ConnectorFixture
    let connector: Connector
    const never = new AbortController().signal

    beforeEach(async () => {
      fixture = await setUp()
      connector = fixture.connector
    })

    afterEach(async () => {
      const complaints = await fixture.complaints()
      await fixture.close()
      expect(complaints).toEqual([])
    })

    test('the check finds the warehouse and misses no method', async () => {
      const check = await connector.check(never)

      expect(check.missingMethods).toEqual([])
      expect(check.warehouses.map(({ id }) => id)).toContain(fixture.warehouseId)
      expect(connector.health()).toEqual({ state: 'up' })
    })

    test('a posting is read while it is open, and again when it is cancelled', async () => {
      const since = fixture.clock.now() - 60_000
      const [offer] = fixture.offers as [string]
      const number = await fixture.order(offer)
      const open = (await postings(since)).filter((posting) => posting.number === number)
      await fixture.cancel(number)
      const cancelled = (await postings(since)).filter((posting) => posting.number === number)

      expect(open[0]).toMatchObject({
        account: connector.account,
        phase: 'open',
        warehouseId: fixture.warehouseId,
        lines: [{ offerId: offer, quantity: 1, price: '1000', currency: 'RUB' }],
      })
      expect(cancelled.map(({ phase }) => phase)).toEqual(['cancelled'])
    })

    const subjects: Record<'prices' | 'stocks', () => Subject<never>> = {
      prices: () => {
        const writer = present(connector.prices)
        const subject: Subject<PriceValue> = {
          writer,
          value: (n) => ({ price: String(1000 + n) }),
          shown: async (offerId) => {
            const rows = await collect(present(connector.listing).prices([offerId], never))
            const prices = rows.find((row) => row.offerId === offerId)?.prices
            return prices === undefined ? undefined : { price: prices.price }
          },
        }
        return subject as unknown as Subject<never>
      },
      stocks: () => {
        const writer = present(connector.stocks)
        const subject: Subject<StockValue> = {
          writer,
          value: (n) => ({ quantity: n }),
          warehouseId: fixture.warehouseId,
          shown: async (offerId) => {
            const rows = await collect(present(connector.listing).stocks([offerId], never))
            const quantity = rows[0]?.stocks?.[fixture.warehouseId]
            return quantity === undefined ? undefined : { quantity }
          },
        }
        return subject as unknown as Subject<never>
      },
    }

    describe.each(['prices', 'stocks'] as const)('%s', (aspect) => {
      let subject: Subject<never>

      beforeEach(() => {
        subject = subjects[aspect]()
      })

      test('what was written is read back, Cyrillic and emoji in the article included', async () => {
        const outcomes = await write(fixture.offers, 7)
        const shown = await Promise.all(fixture.offers.map((offer) => subject.shown(offer)))

        expect(outcomes).toEqual(fixture.offers.map((offer) => ({ key: `key ${offer}`, state: 'accepted' })))
        expect(shown).toEqual(fixture.offers.map(() => subject.value(7)))
      })

      test('one bad item is rejected with the marketplace’s words, its neighbours are taken', async () => {
        const [first, second] = fixture.offers as [string, string]

        const outcomes = await write([first, fixture.unknownOffer, second], 8)

        expect(outcomes.map(({ key, state }) => [key, state])).toEqual([
          [`key ${first}`, 'accepted'],
          [`key ${fixture.unknownOffer}`, 'rejected'],
          [`key ${second}`, 'accepted'],
        ])
        const rejected = outcomes[1] as Extract<Outcome, { state: 'rejected' }>
        expect(rejected.reason.message).not.toBe('')
        expect(rejected.reason.code).toMatch(/^[a-z]+\.\w+$/)
      })

      test.each([7, undefined])(
        'a limit with Retry-After %s: not executed, and nothing is sent before its time',
        async (retryAfter) => {
          await fixture.trouble({ kind: 'limited', ...(retryAfter === undefined ? {} : { retryAfter }) })
          const before = fixture.clock.now()
          const failure = await failureOf(write(fixture.offers, 9))
          await fixture.trouble(undefined)
          const outcomes = await write(fixture.offers, 9)

          expect(failure).toMatchObject({ kind: 'transient', details: { sent: 'no' } })
          expect(failure.retryAfterMs).toBeGreaterThan(0)
          if (retryAfter !== undefined) expect(failure.retryAfterMs).toBe(retryAfter * 1000)
          expect(fixture.clock.now() - before).toBeGreaterThanOrEqual(failure.retryAfterMs ?? 0)
          expect(outcomes.every(({ state }) => state === 'accepted')).toBe(true)
        },
      )

      test('a failing server: sent once, perhaps executed; the next write succeeds', async () => {
        await fixture.trouble({ kind: 'failing' })
        const failure = await failureOf(write(fixture.offers, 10))
        const writes = await fixture.writes()
        const down = connector.health()
        await fixture.trouble(undefined)
        const outcomes = await write(fixture.offers, 10)

        expect(failure).toMatchObject({ kind: 'transient', details: { sent: 'maybe' } })
        expect(writes).toBe(1)
        expect(down.state).toBe('down')
        expect(outcomes.every(({ state }) => state === 'accepted')).toBe(true)
        expect(connector.health()).toEqual({ state: 'up' })
      })

      test('a server that keeps failing is left alone, then probed', async () => {
        const [offer] = fixture.offers as [string]
        await fixture.trouble({ kind: 'failing' })
        let failure = await failureOf(write([offer], 16))
        for (let tries = 1; tries < 20 && failure.details?.['sent'] !== 'no'; tries++) {
          failure = await failureOf(write([offer], 16))
        }
        const writes = await fixture.writes()
        await failureOf(write([offer], 16))

        expect(failure).toMatchObject({ kind: 'transient', details: { sent: 'no' } })
        expect(await fixture.writes()).toBe(writes)
        expect(connector.health().state).toBe('down')

        await fixture.trouble(undefined)
        await fixture.clock.sleep(failure.retryAfterMs ?? 0)
        expect((await write([offer], 16)).map(({ state }) => state)).toEqual(['accepted'])
        expect(connector.health()).toEqual({ state: 'up' })
      })

      test('a reply lost after the effect: sent once, perhaps executed', async () => {
        const [offer] = fixture.offers as [string]
        await fixture.trouble({ kind: 'replyLost' })
        const failure = await failureOf(write([offer], 11))
        const writes = await fixture.writes()
        await fixture.trouble(undefined)

        expect(failure).toMatchObject({ kind: 'transient', details: { sent: 'maybe' } })
        expect(writes).toBe(1)
        expect(await subject.shown(offer)).toEqual(subject.value(11))
      })

      test('a revoked key stops the account', async () => {
        await fixture.trouble({ kind: 'keyRevoked' })
        const failure = await failureOf(write(fixture.offers, 12))

        expect(failure).toMatchObject({ kind: 'fatal', code: `${connector.marketplace}.unauthorized` })
        expect(failure.remedy).toBeTruthy()
        expect(connector.health().state).toBe('stopped')
        expect(await fixture.writes()).toBe(1)
      })

      test('an abort ends the wait for an answer with its own reason', async () => {
        const stop = new AbortController()
        const reason = new Error('stopping')
        await fixture.trouble({ kind: 'silent' })

        const writing = subject.writer.write(items(fixture.offers, 13), stop.signal).then(
          () => undefined,
          (error: unknown) => error,
        )
        await expect.poll(() => fixture.writes()).toBe(1)
        stop.abort(reason)

        expect(await writing).toBe(reason)
        const late = subject.writer.write(items(fixture.offers, 13), stop.signal)
        await expect(late).rejects.toBe(reason)
      })

      test('an article twice in a batch: every item has its outcome, one value stands', async () => {
        const [offer, other] = fixture.offers as [string, string]
        const batch = [
          ...items([offer], 14),
          ...items([offer], 15).map((item) => ({ ...item, key: 'again' })),
          ...items([other], 14),
        ]

        const outcomes = await subject.writer.write(batch, never)

        expect(outcomes.map(({ key }) => key).sort()).toEqual(['again', `key ${offer}`, `key ${other}`].sort())
        expect(outcomes.filter(({ state }) => state === 'accepted')).toHaveLength(2)
        expect(await subject.shown(offer)).toEqual(subject.value(14))
      })

      test('more than a batch is refused before anything is sent', async () => {
        const many = Array.from({ length: subject.writer.maxBatch + 1 }, (_, i) => `o${i}`)

        const failure = await failureOf(write(many, 1))

        expect(failure).toMatchObject({ kind: 'fatal', details: { sent: 'no' } })
        expect(await fixture.writes()).toBe(0)
      })

      test('a full batch of articles nobody knows: an outcome for each', async () => {
        const many = Array.from({ length: subject.writer.maxBatch }, (_, i) => `нет-${i} 🙂`)

        const outcomes = await write(many, 1)

        expect(outcomes.map(({ key }) => key)).toEqual(many.map((offer) => `key ${offer}`))
        expect(new Set(outcomes.map(({ state }) => state))).toEqual(new Set(['rejected']))
      })

      test('an empty batch is no request', async () => {
        expect(await write([], 1)).toEqual([])
        expect(await fixture.writes()).toBe(0)
      })

      function items(offers: readonly string[], n: number): WriteItem<never>[] {
        const { warehouseId } = subject
        return offers.map((offerId) => ({
          key: `key ${offerId}`,
          itemId: `item ${offerId}`,
          offerId,
          value: subject.value(n),
          ...(warehouseId === undefined ? {} : { warehouseId }),
        }))
      }

      async function write(offers: readonly string[], n: number): Promise<readonly Outcome[]> {
        return await subject.writer.write(items(offers, n), never)
      }
    })

    test('zero and huge prices: a reason or an outcome, never an exception', async () => {
      const writer = present(connector.prices)
      const [offerId] = fixture.offers as [string]

      expect(writer.normalise({ price: '0' })).toHaveProperty('code')
      expect(writer.normalise({ price: '0.001' })).toHaveProperty('code')
      const huge = writer.normalise({ price: '99999999999999.99', oldPrice: '0' })
      if (!('code' in huge)) {
        const outcomes = await writer.write([{ key: 'k', itemId: 'i', offerId, value: huge }], never)
        expect(outcomes.map(({ key }) => key)).toEqual(['k'])
      }
    })

    test('normalising twice changes nothing more', () => {
      const price = present(connector.prices).normalise({ price: '1000.125', oldPrice: '1200.00' })
      const stock = present(connector.stocks).normalise({ quantity: 5_000_000_000 })

      expect(present(connector.prices).normalise(price as PriceValue)).toEqual(price)
      expect(present(connector.stocks).normalise(stock as StockValue)).toEqual(stock)
    })

    test('closing twice is no error', async () => {
      await connector.close()
      await connector.close()
    })

    async function postings(since: number): Promise<Posting[]> {
      const all = new Map<string, Posting>()
      for await (const page of present(connector.orders).read(since, never)) {
        for (const posting of page) all.set(posting.number, posting)
      }
      return [...all.values()]
    }
  })
}

async function collect(rows: AsyncIterable<readonly ListingRow[]>): Promise<ListingRow[]> {
  const all: ListingRow[] = []
  for await (const page of rows) all.push(...page)
  return all
}

async function failureOf(promise: Promise<unknown>): Promise<ObmenError> {
  const error = await promise.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  expect(error).toBeInstanceOf(ObmenError)
  return error as ObmenError
}

function present<T>(capability: T | undefined): T {
  expect(capability).toBeDefined()
  return capability as T
}

import { describe, expect, it } from 'vitest'
import type { Clock } from '../../core/clock.ts'
import { ObmenError } from '../../core/errors.ts'
import { fingerprintValue } from '../../core/fingerprint.ts'
import { verdict } from '../../core/ledger.ts'
import { silentLog } from '../../core/log.ts'
import type { Outcome, WriteItem, Writer } from '../../core/marketplace.ts'
import type { Account } from '../../pipeline/account.ts'
import { AspectRuntime } from '../../pipeline/aspect.ts'
import type { ValueChange } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import type { RunContext } from '../../pipeline/stage.ts'
import { Ledger } from '../../state/ledger.ts'
import { createMemoryStore } from '../../state/open.ts'
import { recordHeld } from './plan.ts'
import { sendChanges } from './send.ts'

/** What the marketplace does with a request: takes it and answers, takes it silently, or not. */
type Mood = 'accepts' | 'losesReply' | 'unreadable' | 'limited' | 'refusesItem' | 'unreachable'

/** One price at a marketplace with moods, as diff and push handle it. */
function onePrice() {
  let now = 1_000_000
  let mood: Mood = 'accepts'
  let held: string | undefined
  const clock: Clock = { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms) => ms }
  const write = (items: readonly WriteItem<unknown>[]): Outcome[] => {
    const [item] = items as [WriteItem<unknown>]
    const { key } = item
    const reason = { code: 'ozon.test', message: mood }
    if (mood === 'limited') return [{ key, state: 'waiting', reason, retryAfterMs: 600_000 }]
    if (mood === 'refusesItem') return [{ key, state: 'rejected', reason }]
    if (mood === 'unreachable') throw new ObmenError('transient', 'http.unreachable', 'no', { details: { sent: 'no' } })
    held = (item.value as { price: string }).price
    if (mood === 'losesReply')
      throw new ObmenError('transient', 'http.interrupted', 'lost', { details: { sent: 'maybe' } })
    if (mood === 'unreadable')
      throw new ObmenError('fatal', 'ozon.unexpected_answer', '?', { details: { sent: 'maybe' } })
    return [{ key, state: 'accepted' }]
  }
  const writer: Writer<unknown> = {
    maxBatch: 10,
    rates: [],
    minInterval: 0,
    normalise: (value) => value,
    encode: (items) => ({ path: '/', body: items }),
    write: (items) => new Promise((resolve) => resolve(write(items))),
  }
  const store = createMemoryStore()
  const aspect = new AspectRuntime('prices', store, new Ledger(store, 'ledger.a.prices'), 'rejections.a.prices', writer)
  const account = {
    name: 'a',
    giveOfferIds: (ids: readonly string[]) => Promise.resolve(new Map(ids.map((id) => [id, `offer-${id}`]))),
  } as unknown as Account
  const services = { history: { append: () => Promise.resolve() } } as unknown as Services
  const ctx: RunContext = {
    runId: 'r',
    purpose: 'send',
    complete: false,
    clock,
    signal: new AbortController().signal,
    log: silentLog,
    reject: () => {},
  }
  const changeTo = async (price: string): Promise<{ change: ValueChange; send: boolean }> => {
    const value = { price }
    const [entry] = await aspect.ledger.getMany(['item'])
    const fingerprint = fingerprintValue(value)
    const label = { name: 'item', article: 'item' }
    const change: ValueChange = {
      key: 'item',
      itemId: 'item',
      label,
      value,
      fingerprint,
      entry,
      lane: 'prices',
      zeroing: false,
    }
    return { change, send: verdict(entry, fingerprint, now).send }
  }
  return {
    atMarketplace: () => held,
    /** 1C wants this price; it is sent when diff lets it through. Some minutes pass first. */
    async want(price: string, how: Mood): Promise<'sent' | 'not sent'> {
      now += 1_000_000
      mood = how
      const { change, send } = await changeTo(price)
      if (!send) return 'not sent'
      await sendChanges([change], { account, aspect, services, rate: undefined }, ctx).catch(() => [])
      return 'sent'
    },
    /** 1C wants this price and a guard holds it. */
    async hold(price: string): Promise<void> {
      now += 1_000_000
      const { change } = await changeTo(price)
      await recordHeld([{ ...change, held: { code: 'guard.max_change', message: 'held' } }], aspect, ctx)
    },
  }
}

describe('a value that may have arrived is stated again, whatever came in between', () => {
  const later: readonly Mood[] = ['unreachable', 'limited', 'refusesItem']
  it.each(later)('when the next attempt is %s', async (mood) => {
    const shop = onePrice()
    await shop.want('100', 'accepts')
    await shop.want('110', 'losesReply')
    await shop.want('120', mood)
    expect(await shop.want('100', 'accepts')).toBe('sent')
    expect(shop.atMarketplace()).toBe('100')
    expect(await shop.want('100', 'accepts')).toBe('not sent')
  })

  it('when a guard held the next value', async () => {
    const shop = onePrice()
    await shop.want('100', 'accepts')
    await shop.want('110', 'losesReply')
    await shop.hold('900')
    expect(await shop.want('100', 'accepts')).toBe('sent')
    expect(shop.atMarketplace()).toBe('100')
  })

  it('when the marketplace took the value and answered in words we do not know', async () => {
    const shop = onePrice()
    await shop.want('100', 'accepts')
    await shop.want('110', 'unreadable')
    expect(await shop.want('100', 'accepts')).toBe('sent')
    expect(shop.atMarketplace()).toBe('100')
  })
})

it('a refused value leaves the accepted one known: going back to it sends nothing', async () => {
  const shop = onePrice()
  await shop.want('100', 'accepts')
  await shop.want('110', 'refusesItem')
  expect(await shop.want('110', 'accepts')).toBe('not sent')
  expect(await shop.want('100', 'accepts')).toBe('not sent')
})

import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { shopOfferId } from '../../fixtures/clothing-shop.ts'
import { startRedis, withoutRedis, type PrivateRedis } from '../private-redis.ts'
import { until, type LedgerLine } from './project.ts'
import { openShop, shortId, zeros, type Shop } from './shop.ts'

const SOCKS = shopOfferId('НС-001')

describe.skipIf(withoutRedis)('a service whose Redis', () => {
  let redis: PrivateRedis
  let shop: Shop
  beforeEach(async () => {
    redis = await startRedis()
    shop = await openShop({ redis })
    await shop.serve()
    await shop.ut.runExchange()
    await shop.inStep()
  })
  afterEach(async () => {
    await shop.close()
    await redis.close()
  })

  /** 1C states another stock of the socks, in a full export. */
  async function state(pieces: number): Promise<void> {
    shop.ut.base.setStock(SOCKS, 'Основной склад', pieces)
    await shop.ut.runExchange()
  }

  const told = (lines: readonly LedgerLine[]): unknown[][] =>
    lines.map(({ aspect, offerId, value }) => [aspect, offerId, value])

  test('is away, full or killed again and again is told of, and what changed meanwhile is sent when it is back', async () => {
    const start = await shop.lastWrite()

    await redis.stop('SIGKILL')
    await state(51)
    await shop.mailOf('Хранилище состояния не отвечает')
    expect(await shop.writesAfter(start)).toEqual([])
    await redis.start()
    await shop.inStep()
    await shop.mailOf('Хранилище снова отвечает')

    redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await state(61)
    const service = shop.service()
    await until('the store says that it is full', () =>
      service.runtime.store.check().then(
        () => false,
        (error: { readonly code: string }) => error.code === 'state.full',
      ),
    )
    redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await shop.inStep()

    for (const pieces of [71, 81]) {
      await state(pieces)
      await redis.stop('SIGKILL')
      await redis.start()
    }
    await shop.inStep()

    const writes = await shop.writesAfter(start)
    expect(zeros(writes)).toEqual([])
    expect(writes.filter(({ aspect, offerId }) => aspect !== 'stocks' || offerId !== shortId(SOCKS))).toEqual([])
    // Killed between mark and outcome a value may be stated again, and one that 1C took back may never leave.
    expect([...new Set(writes.map(({ value }) => value))].filter((value) => value !== 70)).toEqual([50, 60, 80])
    expect(writes.length).toBeLessThan(8)
    expect(shop.service()).toBe(service)
  })

  test('is emptied opens its store anew, reads back what Ozon holds and sends only what differs', async () => {
    const before = shop.service()
    const held = await shop.stocks()
    const start = await shop.lastWrite()

    redis.command('FLUSHALL')
    expect(await shop.mailOf('Часть состояния пропала')).toContain('catalogue.main')
    await until('the service was opened anew', () => shop.service() !== before)
    expect(await shop.stocks()).toEqual(held)
    await state(91)
    await shop.inStep()

    expect(told(await shop.writesAfter(start))).toEqual([['stocks', shortId(SOCKS), 90]])
  })

  test('has forgotten its last commits does not believe what is left: what Ozon took meanwhile is taken back', async () => {
    await state(51)
    await shop.inStep()
    await redis.keep()
    await state(61)
    await shop.inStep()
    const before = shop.service()
    const start = await shop.lastWrite()

    await redis.setBack()
    await until('the service was opened anew', () => shop.service() !== before)
    await shop.mailOf('Часть состояния пропала')
    await state(51)
    await shop.inStep()

    // Redis says that Ozon holds 50 already.
    expect(told(await shop.writesAfter(start))).toEqual([['stocks', shortId(SOCKS), 50]])
  })
})

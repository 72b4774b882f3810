import { afterEach, expect, test } from 'vitest'
import { shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { offersOf, openShopInStep, shortId, type Shop } from './shop.ts'

let shop: Shop | undefined
afterEach(async () => {
  await shop?.close()
  shop = undefined
})

test('a good unmarked in 1C has no stock in either warehouse, marked again it has its own back', async () => {
  shop = await openShopInStep()
  const { ut } = shop
  const socks = shortId(shopOfferId('НС-001'))
  const before = await shop.stocks()
  const start = await shop.lastWrite()

  ut.base.setProperty(shopGoodId('НС-001'), 'Выгружать на Ozon', '')
  await ut.runExchange()
  await shop.inStepWith({ ...before, [socks]: { 'FBS Москва': 0, 'FBS Подольск': 0 } })
  const unmarked = await shop.writesAfter(start)
  ut.base.setProperty(shopGoodId('НС-001'), 'Выгружать на Ozon', 'Да')
  await ut.runExchange()
  await shop.inStepWith(before)
  const marked = await shop.writesAfter(unmarked.at(-1)?.seq ?? start)

  expect(before[socks]).toEqual({ 'FBS Москва': 119, 'FBS Подольск': 40 })
  expect(unmarked.map(({ aspect, offerId, value }) => [aspect, offerId, value])).toEqual([
    ['stocks', socks, 0],
    ['stocks', socks, 0],
  ])
  expect(marked.map(({ aspect, offerId, value }) => [aspect, offerId, value])).toEqual([
    ['stocks', socks, 119],
    ['stocks', socks, 40],
  ])
  expect(shop.post.mails.filter(({ to }) => to.includes('admin@example.ru'))).toEqual([])
})

test('an edit of the mapping is in force after a restart without any file, and only changed prices are sent', async () => {
  shop = await openShopInStep()
  const prices = async (): Promise<Record<string, unknown>> => {
    const lines = (await (shop as Shop).project.ozon.ledger()).filter(({ aspect }) => aspect === 'prices')
    return Object.fromEntries(lines.map(({ offerId, value }) => [offerId, value]))
  }
  const before = await prices()
  const start = await shop.lastWrite()

  // Everything but accessories has the default; «ШП-001» and «НС-001» stand in the table with 1.4.
  const dearer = (text: string): string => text.replaceAll('"коэффициент", 1.25', '"коэффициент", 1.255')
  await shop.restart(() => (shop as Shop).project.edit('pipelines/ozon-prices.yaml', dearer))
  await shop.lookedOver()
  const written = await shop.writesAfter(start)
  await shop.lookedOver()

  const roundUp = (value: number): string => String(Math.ceil(Math.round(value * 1000) / 10_000) * 10)
  const expected = offersOf(shop.ut.base.model).flatMap(({ id, good, variant }) => {
    const amount = (type: string): number => Number(variant.prices.find(({ typeId }) => typeId === type)?.amount ?? 0)
    const offerId = shortId(id)
    const accessory = ['НС-001', ''].includes(good.article)
    if (before[offerId] === undefined || accessory) return []
    const price = roundUp(amount(shopIds.retail) * 1.255)
    const value = { price, old_price: roundUp(amount(shopIds.before) * 1.255) }
    return JSON.stringify(value) === JSON.stringify(before[offerId]) ? [] : [[offerId, value]]
  })
  expect(Object.fromEntries(written.map(({ offerId, value }) => [offerId, value]))).toEqual(
    Object.fromEntries(expected),
  )
  expect(written.length).toBe(expected.length)
  expect(expected.length).toBeGreaterThan(10)
  expect(expected.length).toBeLessThan(Object.keys(before).length - 1)
  expect(await shop.lastWrite()).toBe(start + expected.length)
})

import { expect, test } from 'vitest'
import { encodePrices, encodeStocks } from './encode.ts'

test('prices carry only what is stated', () => {
  const items = [
    { key: 'a', itemId: 'a', offerId: 'Футболка 👕', value: { price: '10' } },
    { key: 'b', itemId: 'b', offerId: 'b', value: { price: '10', oldPrice: '0', minPrice: '6', netPrice: '4.5' } },
  ]

  expect(encodePrices(items)).toEqual({
    prices: [
      { offer_id: 'Футболка 👕', price: '10', currency_code: 'RUB' },
      { offer_id: 'b', price: '10', old_price: '0', min_price: '6', net_price: '4.5', currency_code: 'RUB' },
    ],
  })
})

test('a warehouse id stays a number unless a number would lose digits', () => {
  const item = (warehouseId: string) => ({ key: 'a', itemId: 'a', offerId: 'a', warehouseId, value: { quantity: 3 } })

  expect(encodeStocks([item('22142605386000'), item('9223372036854775807')])).toEqual({
    stocks: [
      { offer_id: 'a', stock: 3, warehouse_id: 22_142_605_386_000 },
      { offer_id: 'a', stock: 3, warehouse_id: '9223372036854775807' },
    ],
  })
})

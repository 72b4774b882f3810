import { describe, expect, test } from 'vitest'
import type { ListedOffer } from '../core/marketplace.ts'
import type { MatchItem } from './match-leads.ts'
import { match, type Matching } from './matching.ts'
import { SimilarNames, sharedWords } from './similar-names.ts'

function item(itemId: string, rest: Partial<MatchItem> = {}): MatchItem {
  return { itemId, name: '', article: '', wanted: [], barcodes: [], code: '', selected: true, ...rest }
}

function card(offerId: string, rest: Partial<ListedOffer> = {}): ListedOffer {
  return { offerId, productId: `p-${offerId}`, name: '', barcodes: [], archived: false, ...rest }
}

function matching(
  items: readonly MatchItem[],
  offers: readonly ListedOffer[],
  pairs: Readonly<Record<string, string>> = {},
): Matching {
  const owners = new Map(Object.entries(pairs).map(([itemId, offerId]) => [offerId, itemId]))
  return match(items, offers, { offerIdOf: (id) => pairs[id], itemOf: (offerId) => owners.get(offerId) })
}

const sure = ({ sure }: Matching): string[] =>
  sure.map(({ item, offer, rule }) => `${item.itemId}=${offer.offerId} by ${rule}`)
const open = ({ openOffers }: Matching): string[] =>
  openOffers.map(({ offer, kind, suggestions }) =>
    `${offer.offerId} ${kind}: ${suggestions.map(({ item, rules }) => `${item.itemId}(${rules.join('+')})`).join(' ')}`.trim(),
  )

describe('what is sure', () => {
  test('each rule pairs by itself, the most telling one is named', () => {
    const found = matching(
      [
        item('1', { wanted: ['A-S', 'x'], article: 'A' }),
        item('2', { wanted: ['?'], article: 'B' }),
        item('3', { wanted: ['?3'], barcodes: ['463', '464'] }),
        item('4', { code: '900' }),
        item('5', { wanted: ['E'], article: 'E', barcodes: ['465'] }),
      ],
      [
        card('A-S'),
        card('B'),
        card('old', { barcodes: ['464'] }),
        card('other', { sku: '900' }),
        card('E', { barcodes: ['465'] }),
      ],
    )

    expect(sure(found)).toEqual([
      '1=A-S by identity',
      '2=B by article',
      '3=old by barcode',
      '4=other by code',
      '5=E by identity',
    ])
    expect([found.openOffers, found.openItems]).toEqual([[], []])
  })

  test('of several identity expressions the first that a card goes by counts', () => {
    const found = matching([item('1', { wanted: ['first', 'second'] })], [card('second'), card('third')])

    expect(sure(found)).toEqual(['1=second by identity'])
  })

  test('an article that variants share is resolved by their barcodes', () => {
    const found = matching(
      [item('1', { article: 'A', barcodes: ['1'] }), item('2', { article: 'A', barcodes: ['2'] })],
      [card('A', { barcodes: ['1'] }), card('B', { barcodes: ['2'] })],
    )

    expect(sure(found)).toEqual(['1=A by barcode', '2=B by barcode'])
  })

  test('pairs of the journal stand, and their cards belong to nobody else', () => {
    const found = matching([item('1', { wanted: ['A'] }), item('2', { wanted: ['A'] })], [card('A')], { 1: 'A' })

    expect([found.known, sure(found), open(found)]).toEqual([1, [], []])
    expect(found.openItems).toEqual([{ item: item('2', { wanted: ['A'] }), taken: { offerId: 'A', owner: '1' } }])
  })

  test('names that have nothing in common are shown by a low likeness', () => {
    const found = matching(
      [item('1', { wanted: ['A'], name: 'Футболка синяя' }), item('2', { wanted: ['B'], name: 'Кружка белая' })],
      [card('A', { name: 'Футболки «Волна» хлопок' }), card('B', { name: 'Диван угловой' })],
    )

    expect(found.sure.map(({ likeness }) => likeness)).toEqual([0.5, 0])
  })
})

describe('what a person must look at', () => {
  test('a barcode of two items pairs neither', () => {
    const found = matching(
      [item('1', { barcodes: ['7'] }), item('2', { barcodes: ['7'] })],
      [card('X', { barcodes: ['7'] })],
    )

    expect([sure(found), open(found)]).toEqual([[], ['X ambiguous: 1(barcode) 2(barcode)']])
  })

  test('a repeated barcode contradicts no article', () => {
    const found = matching(
      [item('1', { wanted: ['A'], barcodes: ['7'] }), item('2', { wanted: ['B'], barcodes: ['7'] })],
      [card('A', { barcodes: ['7'] }), card('B')],
    )

    expect(sure(found)).toEqual(['1=A by identity', '2=B by identity'])
  })

  test('an article and a barcode that lead to different cards pair none of the two', () => {
    const found = matching([item('1', { wanted: ['A'], barcodes: ['7'] })], [card('A'), card('B', { barcodes: ['7'] })])

    expect([sure(found), open(found)]).toEqual([[], ['A conflict: 1(identity)', 'B conflict: 1(barcode)']])
  })

  test('a card that two items claim by different rules goes to none of the two', () => {
    const found = matching(
      [item('1', { wanted: ['A'] }), item('2', { barcodes: ['7'] })],
      [card('A', { barcodes: ['7'] })],
    )

    expect([sure(found), open(found)]).toEqual([[], ['A conflict: 1(identity) 2(barcode)']])
  })

  test('a card of an item that 1C did not mark for this account is told apart from an unknown one', () => {
    const unmarked = item('1', { wanted: ['A'], selected: false })

    const found = matching([unmarked], [card('A')])

    expect([sure(found), open(found), found.openItems]).toEqual([[], ['A unselected: 1()'], []])
  })

  test('a card whose article is that of an item with another card is suggested in its place', () => {
    const found = matching([item('1', { wanted: ['new'], name: 'Кружка' })], [card('new')], { 1: 'old' })

    expect([found.gone.map(({ itemId }) => itemId), open(found)]).toEqual([['1'], ['new renamed: 1(identity)']])
    expect(found.openOffers[0]?.suggestions[0]?.instead).toBe('old')
  })

  test('like names are suggested, the best first and never as surely as a rule', () => {
    const found = matching(
      [
        item('1', { name: 'Футболка мужская синяя 48' }),
        item('2', { name: 'Футболка мужская белая 48' }),
        item('3', { name: 'Носки детские' }),
      ],
      [card('X', { name: 'Мужские футболки, синие, р. 48' }), card('Y', { name: 'Самовар' })],
    )

    expect(open(found)).toEqual(['X unknown: 1() 2()', 'Y unknown:'])
    const confidences = found.openOffers[0]?.suggestions.map(({ confidence }) => confidence) ?? []
    expect(Math.max(...confidences)).toBeLessThan(0.75)
  })
})

describe('names', () => {
  test('endings, order, ё and case do not count', () => {
    const names = new SimilarNames([
      { id: 'a', name: 'Чёрная футболка' },
      { id: 'b', name: 'Зелёная футболка' },
    ])

    expect(names.nearest('ФУТБОЛКИ черная', 1, 0.3)[0]).toMatchObject({ id: 'a' })
    expect(names.nearest('Самовар', 3, 0.1)).toEqual([])
    expect(sharedWords('Чёрная футболка', 'футболки белые хлопок')).toBe(0.5)
  })

  test('10,000 names against 10,000 take seconds, not minutes', () => {
    const colours = ['синяя', 'белая', 'красная', 'чёрная']
    const name = (i: number) => `Футболка модель м${i} ${colours[i % 4]} размер ${40 + (i % 12)}`
    const names = new SimilarNames(Array.from({ length: 10_000 }, (_, i) => ({ id: String(i), name: name(i) })))

    const right = Array.from({ length: 10_000 }, (_, i) => names.nearest(name(i), 1, 0.5)[0]?.id === String(i))

    expect(right.every(Boolean)).toBe(true)
  })
})

import { expect, test } from 'vitest'
import { formatDiagnostic } from '../core/diagnostic.ts'
import type { MatchRow } from '../tables/match-table.ts'
import { decidedPairs } from './match-decisions.ts'
import type { MatchItem } from './match-leads.ts'

const COLUMN = { offerId: 'A', itemId: 'E', article: 'F', decision: 'J' } as const

function rows(...texts: readonly (readonly [offerId: string, itemId: string, article?: string])[]): MatchRow[] {
  return texts.map(([offerId, itemId, article = ''], i) => ({
    offerId,
    itemId,
    article,
    place: (field) => ({ file: 'm.xlsx', cell: `Сопоставить!${COLUMN[field]}${i + 2}` }),
  }))
}

const item = (itemId: string, article: string, selected = true): MatchItem => {
  return { itemId, name: '', article, wanted: [], barcodes: [], code: '', selected }
}
const card = (offerId: string) => ({ offerId, productId: '', name: '', barcodes: [], archived: false })

const CONTEXT = {
  items: [
    item('i1', 'ART-1'),
    item('i2', 'ART-2'),
    item('i3', 'TWIN'),
    item('i4', 'TWIN'),
    item('i5', 'OFF', false),
    item('i6', 'MOVED'),
  ],
  offers: ['X', 'Y', 'Z', 'TAKEN', 'NEW'].map(card),
  pairs: {
    offerIdOf: (id: string) => ({ i2: 'TAKEN', i6: 'GONE' })[id],
    itemOf: (offerId: string) => ({ TAKEN: 'i2', GONE: 'i6' })[offerId],
  },
}

const pairsOf = (given: readonly MatchRow[]): string[] =>
  decidedPairs(given, CONTEXT).pairs.map(({ item: { itemId }, offer }) => `${itemId}=${offer.offerId}`)
const faultsOf = (given: readonly MatchRow[]): string[] =>
  decidedPairs(given, CONTEXT).diagnostics.map(formatDiagnostic)

test('a row names its item by its id, else by an article that only one item has', () => {
  expect(pairsOf(rows(['X', 'i3', 'ART-1'], ['Y', '', 'ART-1']))).toEqual(['i3=X', 'i1=Y'])
})

test('a pair that stands is taken quietly, and a card that is gone gives way', () => {
  expect(pairsOf(rows(['TAKEN', 'i2'], ['NEW', 'i6']))).toEqual(['i6=NEW'])
  expect(faultsOf(rows(['TAKEN', 'i2'], ['NEW', 'i6']))).toEqual([])
})

test('every fault is told at its cell', () => {
  const given = rows(
    ['Q', 'i1'],
    ['', 'i1'],
    ['X', 'nobody'],
    ['X', 'i5'],
    ['X', '', 'TWIN'],
    ['X', '', 'ART-3'],
    ['X', ''],
    ['TAKEN', 'i1'],
    ['X', 'i2'],
    ['X', 'i1'],
    ['X', 'i3'],
    ['Y', 'i1'],
    ['X', '', 'OFF'],
  )

  expect(faultsOf(given)).toEqual([
    'm.xlsx:Сопоставить!A2 error match.unknown_offer: the account has no card "Q"; did you mean "X"?',
    'm.xlsx:Сопоставить!A3 error match.no_offer: the article of the card is missing',
    'm.xlsx:Сопоставить!E4 error match.unknown_item: 1C has no item with the id "nobody"',
    'm.xlsx:Сопоставить!E5 error match.unselected: 1C did not mark the item i5 for this account',
    'm.xlsx:Сопоставить!F6 error match.ambiguous_article: 2 items have the article "TWIN": write the id of the one that is meant',
    'm.xlsx:Сопоставить!F7 error match.unknown_article: no item of 1C has the article "ART-3"; did you mean "ART-1"?',
    'm.xlsx:Сопоставить!E8 error match.no_item: write the id or the article of the item in 1C',
    'm.xlsx:Сопоставить!A9 error match.taken: the card "TAKEN" belongs to item i2 already',
    'm.xlsx:Сопоставить!E10 error match.paired: the item i2 has the card "TAKEN" already',
    'm.xlsx:Сопоставить!A12 error match.twice: the card "X" is given to another item in Сопоставить!A11: leave one «да»',
    'm.xlsx:Сопоставить!E13 error match.twice: the item i1 gets another card in Сопоставить!E11: leave one «да»',
    'm.xlsx:Сопоставить!F14 error match.unselected: 1C did not mark "OFF" for this account',
  ])
  expect(pairsOf(given)).toEqual(['i1=X'])
})

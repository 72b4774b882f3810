import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EXCHANGE_ADVICE, ITEM_ADVICE, REPEAT_ADVICE } from './doctor-advice.ts'
import { diagnose } from './doctor-findings.ts'
import { doctorText } from './doctor-text.ts'
import type { Examined, ExaminedRun, Severity } from './doctor.ts'
import type { SurveyedGap, Survey } from './survey.ts'

const NOW = Date.parse('2026-11-22T12:00:00Z')
const HOUR = 3_600_000
const NOTHING_REPEATS = { texts: 0, times: 0, examples: [] }

const sound: Survey = {
  products: 10,
  offers: 20,
  variants: 15,
  gone: 0,
  services: 0,
  withoutOffers: 0,
  priceTypes: [{ name: 'Розничная', ids: ['p'], currencies: ['руб'], offers: 20, zero: 0 }],
  warehouses: [{ name: 'Склад', ids: ['w'], offers: 20, inStock: 15 }],
  totalsOnly: 0,
  currencies: [{ word: 'руб', prices: 20 }],
  marks: [{ kind: 'property', of: 'product', name: 'На Ozon', yes: 5, no: 0 }],
  groups: [],
  catalogues: [{ id: 'c', name: 'Каталог', products: 10 }],
  vat: [{ rate: '22', products: 10 }],
  pictures: 10,
  gaps: {},
  repeatedArticles: NOTHING_REPEATS,
  repeatedCodes: NOTHING_REPEATS,
  repeatedBarcodes: NOTHING_REPEATS,
}

const run: ExaminedRun = {
  inbox: '/1c',
  folder: 'webdata',
  stamp: NOW - HOUR,
  family: 'A',
  version: '2.07',
  files: 2,
  open: false,
  parts: [
    { part: 'import', catalogue: 'c', is: 'full' },
    { part: 'offers', catalogue: 'c', is: 'full' },
  ],
}

function examined(more: Partial<Examined> = {}, survey: Partial<Survey> = {}): Examined {
  return {
    exchange: 'main',
    at: NOW,
    timezone: 'Europe/Moscow',
    source: 'state',
    service: 'running',
    producer: { family: 'A', version: '2.07' },
    profile: 'native',
    inboxes: [{ inbox: '/1c', waiting: 0 }],
    runs: [run],
    full: [{ inbox: '/1c', catalogue: 'c', stamp: NOW - HOUR, products: 10, offers: 20 }],
    data: { stamp: NOW - HOUR, file: 'webdata/offers0_1.xml' },
    quarantined: 0,
    unread: [],
    unknownCurrencies: [],
    survey: { ...sound, ...survey },
    ...more,
  }
}

function gap(code: keyof typeof ITEM_ADVICE, count = 1): Partial<Survey> {
  const found: SurveyedGap = { count, examples: [{ id: 'i', article: 'A-1', name: 'Шапка' }] }
  return { gaps: { [code]: found } }
}

test('a base that has everything is ready, without a finding', () => {
  expect(diagnose(examined())).toEqual({ ...examined(), verdict: 'ready', findings: [] })
})

const twice = { texts: 1, times: 2, examples: [{ text: 'a', times: 2 }] }
const delta: ExaminedRun = { ...run, parts: [{ part: 'import', catalogue: 'c', is: 'delta' }] }
const incomplete: ExaminedRun = { ...run, parts: [{ part: 'import', catalogue: 'c', is: 'incomplete', why: 'why' }] }
const type = { name: 'Опт', ids: ['q'], currencies: [], offers: 0, zero: 0 }

type Case = readonly [code: string, severity: Severity, more: Partial<Examined>, survey?: Partial<Survey>]
const cases: readonly Case[] = [
  ['no_data', 'blocks', { source: 'nowhere' }],
  ['inbox_unreadable', 'blocks', { inboxes: [{ inbox: '/1c', waiting: 0, fault: 'EACCES' }] }],
  [
    'inbox_unreadable',
    'loss',
    {
      inboxes: [
        { inbox: '/1c', waiting: 0 },
        { inbox: '/2', waiting: 0, fault: 'ENOENT' },
      ],
    },
  ],
  ['no_products', 'blocks', {}, gap('undescribed', 10)],
  ['no_offers', 'blocks', {}, { offers: 0 }],
  ['no_prices', 'blocks', {}, { priceTypes: [{ ...type, zero: 20 }], ...gap('no_price', 20) }],
  ['no_stocks', 'blocks', {}, { warehouses: [], ...gap('never_in_stock', 20) }],
  ['no_warehouses', 'loss', {}, { warehouses: [] }],
  ['totals_only', 'loss', {}, { totalsOnly: 3 }],
  [
    'unknown_currency',
    'loss',
    { unknownCurrencies: ['PRO'] },
    { currencies: [...sound.currencies, { word: 'PRO', prices: 1 }] },
  ],
  ['unknown_currency', 'blocks', { unknownCurrencies: ['руб'] }],
  ['unnamed_price_type', 'loss', {}, { priceTypes: [...sound.priceTypes, { ...type, name: '', offers: 1 }] }],
  [
    'unnamed_warehouse',
    'loss',
    {},
    { warehouses: [...sound.warehouses, { name: '', ids: ['x'], offers: 1, inStock: 1 }] },
  ],
  ['repeated_name', 'loss', {}, { warehouses: [{ name: 'Склад', ids: ['w', 'v'], offers: 20, inStock: 15 }] }],
  ['unused_price_type', 'note', {}, { priceTypes: [...sound.priceTypes, type] }],
  [
    'unused_warehouse',
    'note',
    {},
    { warehouses: [...sound.warehouses, { name: 'Б', ids: ['x'], offers: 1, inStock: 0 }] },
  ],
  ['no_marks', 'note', {}, { marks: [] }],
  ['never_full', 'loss', { full: [], runs: [delta] }],
  ['full_unknowable', 'note', { producer: { family: 'C' }, full: [] }],
  ['full_old', 'loss', { full: [{ inbox: '/1c', catalogue: 'c', stamp: NOW - 50 * HOUR }] }],
  ['incomplete_set', 'loss', { runs: [incomplete] }],
  ['incomplete_set', 'loss', { source: 'inboxes', runs: [{ ...incomplete, open: true }] }],
  [
    'stale_data',
    'loss',
    { data: { stamp: NOW - 25 * HOUR, file: 'f' }, full: [{ inbox: '/1c', catalogue: 'c', stamp: NOW - 25 * HOUR }] },
  ],
  ['quarantined', 'loss', { quarantined: 2 }],
  [
    'unread_file',
    'loss',
    { source: 'inboxes', unread: [{ file: 'a.xml', code: 'xml.truncated', message: 'cut off' }] },
  ],
  ['files_waiting', 'note', { service: 'stopped', inboxes: [{ inbox: '/1c', waiting: 2 }] }],
  ...Object.entries(ITEM_ADVICE).map(([code, { severity }]): Case => [code, severity, {}, gap(code as never)]),
  ['out_of_stock', 'loss', {}, gap('out_of_stock', 20)],
  ['repeated_articles', 'loss', {}, { repeatedArticles: twice }],
  ['repeated_codes', 'loss', {}, { repeatedCodes: twice }],
  ['repeated_barcodes', 'loss', {}, { repeatedBarcodes: twice }],
]

for (const [code, severity, more, survey] of cases) {
  test(`${code} (${severity}) is found where it is, and nothing else`, () => {
    const { findings, verdict } = diagnose(examined(more, survey))

    expect(findings.map((each) => [each.code, each.severity])).toEqual([[code, severity]])
    expect(verdict).toBe({ blocks: 'blocked', loss: 'gaps', note: 'ready' }[severity])
  })
}

test('every advice is given somewhere', () => {
  const all = [EXCHANGE_ADVICE, ITEM_ADVICE, REPEAT_ADVICE].flatMap((table) => Object.keys(table))

  expect(all.filter((code) => !cases.some(([tested]) => tested === code))).toEqual([])
})

test('the codes are documented, no other is', () => {
  const text = readFileSync(new URL('../../docs/doctor.md', import.meta.url), 'utf8')
  const documented = [...(text.split('## Codes')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code)

  expect(new Set(documented)).toEqual(new Set(cases.map(([code]) => code)))
})

test('the remedy is that of the configuration that wrote the files; without files, of the profile', () => {
  const remedyOf = (more: Partial<Examined>): string =>
    diagnose(examined(more, { warehouses: [] })).findings[0]?.remedy ?? ''

  expect(remedyOf({ producer: { family: 'A' } })).toContain('Склады доступные для выбора на сайте')
  expect(remedyOf({ producer: { family: 'B' } })).toContain('с разбиением по складам')
  expect(remedyOf({ producer: { family: 'C' }, full: [] })).toContain('Выгружать остатки по складам')
  expect(remedyOf({ producer: { family: null } })).toContain('той программы')
  expect(remedyOf({ source: 'nowhere', profile: 'unf', producer: { family: null } })).toContain('«Каталог выгрузки»')
})

test('what is grave stands first, what all have names none', () => {
  const { findings } = diagnose(
    examined(
      {},
      {
        marks: [],
        warehouses: [],
        gaps: { no_picture: { count: 10, examples: [{ id: 'i', article: '', name: 'Шапка' }] } },
      },
    ),
  )

  expect(findings.map(({ code }) => code)).toEqual(['no_warehouses', 'no_marks', 'no_picture'])
  expect(findings.at(-1)).toMatchObject({ title: 'Нет картинки: все 10 товаров', examples: [] })
})

test('no line is wider than a terminal', () => {
  const { source: _, ...rest } = examined({}, { marks: [], warehouses: [], gaps: gap('no_article').gaps ?? {} })
  const wide = doctorText(diagnose({ ...rest, source: 'inboxes' }))
    .split('\n')
    .filter((line) => line.length > 110)

  expect(wide).toEqual([])
})

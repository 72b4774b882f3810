import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { editorOf } from '../config/testing.ts'
import { parseYaml } from '../config/yaml.ts'
import { marketplaces, stages } from './registry.ts'
import { SCHEMA_FOLDER, schemaFiles } from './schemas.ts'

const ROOT = join(import.meta.dirname, '..', '..')
const editor = editorOf(stages, marketplaces)

const OBMEN = 'config/obmen.yaml'
const ACCOUNTS = 'config/marketplaces.yaml'
const PRICES = 'pipelines/ozon-prices.yaml'
const STOCKS = 'pipelines/ozon-stocks.yaml'
const shipped = [
  OBMEN,
  ACCOUNTS,
  ...readdirSync(join(ROOT, 'pipelines')).flatMap((name) => (name.endsWith('.yaml') ? [`pipelines/${name}`] : [])),
]

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** What an editor says of a text: pointers of the values it underlines. */
function pointers(file: string, text: string): string[] {
  const { yaml } = parseYaml(file, text)
  return [...new Set(editor(file, yaml?.value).map(({ instancePath }) => instancePath))]
}

/** A mistake: the file, the text and what stands there instead, where the editor must point. */
const mistakes: readonly (readonly [what: string, file: string, from: string, to: string, pointer: string])[] = [
  ['an unknown key', OBMEN, 'locale:', 'lokale:', ''],
  ['an unknown language', OBMEN, 'locale: ru', 'locale: rus', '/locale'],
  ['a folder that is none', OBMEN, 'state: ./state', 'state: []', '/state'],
  ['a time without a unit', OBMEN, 'settle: 2s', 'settle: 2', '/exchanges/main/settle'],
  ['a time with a strange unit', OBMEN, 'settle: 2s', 'settle: 2 sec', '/exchanges/main/settle'],
  ['a list that is none', OBMEN, "inboxes: ['./1c/goods', './1c/offers']", 'inboxes: ./1c', '/exchanges/main/inboxes'],
  ['too many digits', OBMEN, 'digits: 6', 'digits: 12', '/exchanges/main/numbers/digits'],
  ['a word for a choice', OBMEN, 'take: move', 'take: yes', '/exchanges/main/take'],
  ['a currency in words', OBMEN, 'руб: RUB', 'руб: рубль', '/exchanges/main/currency/руб'],
  ['an address that is none', OBMEN, 'admins: [admin@example.ru]', 'admins: [admin]', '/mail/people/admins/0'],
  ['a name with capitals', OBMEN, '  main:', '  Main:', '/exchanges'],
  ['a missing key', ACCOUNTS, '    exchange: main', '    # exchange: main', '/accounts/ozon-main'],
  ['an unknown marketplace', ACCOUNTS, 'marketplace: ozon', 'marketplace: avito', '/accounts/ozon-main/marketplace'],
  ['a rule that is none', ACCOUNTS, 'then: hold', 'then: stop', '/accounts/ozon-main/stale/then'],
  ['pieces below zero', ACCOUNTS, 'buffer: 1', 'buffer: -1', '/accounts/ozon-main/warehouses/FBS Москва/buffer'],
  [
    'a warehouse without a source',
    ACCOUNTS,
    "from: ['Основной склад']",
    'from: []',
    '/accounts/ozon-main/warehouses/FBS Москва/from',
  ],
  ['a misspelt stage', PRICES, '  - diff', '  - dif', '/stages/1'],
  ['a stage of another flow', PRICES, '  - diff', '  - store', '/stages/1'],
  ['a misspelt option', PRICES, 'maxChange', 'maxChang', '/stages/2/guard'],
  ['a share without its sign', PRICES, '50%', '50', '/stages/2/guard/maxChange'],
  ['a rate that is none', PRICES, '6 per hour', '6/hour', '/stages/3/push/atMost'],
  ['an option of another aspect', STOCKS, 'stocks: byWarehouse()', 'price: 1', '/stages/0/map'],
  ['a look of another source', PRICES, 'look: 10m', 'every: 10m', '/from'],
  ['a target of another source', PRICES, 'account: ozon-main, aspect: prices', 'exchange: main', '/to'],
  ['two sources', PRICES, 'catalogue: main', 'catalogue: main, postings: ozon-main', '/from'],
]

describe('the schemas', () => {
  it('lie as files beside the shipped configuration, fresh', () => {
    const lying = new Map([...schemaFiles().keys()].map((name) => [name, textOf(`${SCHEMA_FOLDER}/${name}`)]))
    expect(lying, 'run: npm run reference').toEqual(schemaFiles())
  })

  it.each(shipped)('are named by %s and take it', (file) => {
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(textOf(file)) ?? []

    expect(schemaFiles().has(join(dirname(file), named).replaceAll('\\', '/').replace(`${SCHEMA_FOLDER}/`, ''))).toBe(
      true,
    )
    expect(pointers(file, textOf(file))).toEqual([])
  })

  it.each(mistakes)('point at %s in %s', (_, file, from, to, pointer) => {
    expect(textOf(file)).toContain(from)

    expect(pointers(file, textOf(file).replace(from, to))).toContain(pointer)
  })

  it('say a word about every key', () => {
    const silent = [...schemaFiles()].flatMap(([name, text]) => undescribed(JSON.parse(text), name))
    expect(silent).toEqual([])
  })
})

/** Pointers of the properties that no description explains. */
function undescribed(schema: unknown, at: string): string[] {
  if (typeof schema !== 'object' || schema === null) return []
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const inner = undescribed(value, `${at}/${key}`)
    if (key !== 'properties' || at.endsWith('/properties') || /\/(?:if|then)\//.test(`${at}/`)) return inner
    const bare = Object.entries(value as Readonly<Record<string, object>>).filter(
      ([, each]) => !('description' in each),
    )
    return [...bare.map(([name]) => `${at}/${name}`), ...inner]
  })
}

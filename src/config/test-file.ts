import { z } from 'zod'
import { parseDecimal } from '../core/decimal.ts'
import type { Place } from '../core/errors.ts'
import { didYouMeanHint } from './issues.ts'
import { durationField, textField } from './fields.ts'
import type { PipelineConfig } from './model.ts'
import { addError, readFields, readMap, readValue, type Reader } from './read.ts'

const NUMBER = 'a number is expected, such as 1490 or "1490.50"'

const decimalField = z
  .union([z.number(), z.string()], { error: NUMBER })
  .refine((written) => parseDecimal(String(written)) !== undefined, NUMBER)
  .transform((written) => parseDecimal(String(written)) ?? '')

const WORD = 'a text, a number, true or false is expected'
const wordField = z.union([z.string(), z.number(), z.boolean()], { error: WORD }).transform(String)
const words = z.record(textField(), wordField)

const priceField = z.union([
  decimalField,
  z.strictObject({
    amount: decimalField.describe('Сама цена.'),
    currency: textField().describe('Валюта словом 1С.'),
  }),
])

/** What a variant may say for itself. */
const offerShape = {
  article: wordField.optional().describe('Артикул.'),
  name: textField().optional().describe('Название; нет — имя товара в проверке.'),
  barcode: wordField.optional().describe('Штрихкод.'),
  properties: words.optional().describe('Свойства.'),
  requisites: words.optional().describe('Реквизиты.'),
  characteristics: words.optional().describe('Характеристики предложения: размер, цвет.'),
  prices: z.record(textField(), priceField).optional().describe('Цены по видам; число — в рублях.'),
  stocks: z
    .record(textField(), decimalField)
    .optional()
    .describe('Остатки по складам 1С; ключа нет — 1С остаток ни разу не выгружала, {} — везде 0.'),
  deleted: z.boolean().optional().describe('Помечено в 1С на удаление.'),
}

const goodField = z.strictObject({
  ...offerShape,
  groups: z.array(textField()).optional().describe('Группа товара: путь сверху вниз.'),
  brand: textField().optional().describe('Бренд.'),
  vat: wordField.optional().describe('Ставка НДС.'),
  unit: textField().optional().describe('Единица измерения.'),
  times: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .describe('Столько одинаковых товаров: для правил о доле (они считают с 10 штук).'),
  variants: z
    .record(textField(), z.strictObject(offerShape))
    .optional()
    .describe('Предложения товара: в expect и ledger зовутся «товар#предложение». Цены и остатки товара — и их.'),
})

const heldField = z.strictObject({
  quantity: z.int().min(0).describe('Остаток, который придержан.'),
  held: textField().describe('Код правила, которое его придержало.'),
})

const PRICE_FIELDS = {
  price: decimalField.optional().describe('Цена.'),
  oldPrice: decimalField.optional().describe('Зачёркнутая цена; 0 — убрать.'),
  minPrice: decimalField.optional().describe('Минимальная цена.'),
  netPrice: decimalField.optional().describe('Себестоимость.'),
}

const pricesWanted = z.strictObject({
  ...PRICE_FIELDS,
  held: textField().optional().describe('Код правила, которое придержало значение.'),
})

/** What a test may expect of an item of a pipeline that keeps `aspect` in step. */
const WANTED = {
  prices: pricesWanted,
  stocks: z.record(textField(), z.union([z.int().min(0), heldField])),
}

const rejectedField = z.strictObject({ rejected: textField().describe('Код причины, по которой товар отклонён.') })

const NOTHING = ['unchanged', 'unselected', 'deleted'] as const
const nothingField = z
  .enum(NOTHING)
  .describe('Ничего не отправляется: unchanged — площадка это знает, unselected — не продаётся, deleted — удалён в 1С.')

const wantedField = z.union([nothingField, rejectedField, WANTED.prices, WANTED.stocks])
const ledgerField = z.union([z.strictObject(PRICE_FIELDS), z.record(textField(), z.int().min(0))])

const caseShape = {
  name: textField().describe('Что проверяется, одной фразой.'),
  at: z.iso
    .datetime({ offset: true, error: 'a time with its zone is expected, such as 2026-03-02T12:00:00+03:00' })
    .default('2026-01-15T12:00:00+03:00')
    .describe('Который час.'),
  statedAgo: durationField().prefault('1m').describe('Как давно 1С выгрузила эти товары.'),
  goods: z.record(textField(), goodField).describe('Товары: имя и что о товаре сказала 1С.'),
  tables: z
    .record(textField(), z.record(z.string(), words))
    .default({})
    .describe('Таблицы вместо лежащих в config/mapping: имя, ключ строки, столбец и значение.'),
  ledger: z
    .record(textField(), ledgerField)
    .default({})
    .describe('Что площадка уже приняла: товар и его цены или остатки по складам кабинета.'),
  expect: z
    .record(textField(), wantedField)
    .describe('Чего ждём: товар и то, что уйдёт на площадку; `{ rejected: код }`; unchanged, unselected или deleted.'),
  requests: z
    .array(z.strictObject({ path: textField().describe('Метод.'), body: z.unknown().describe('Тело запроса.') }))
    .optional()
    .describe('Запросы к площадке слово в слово.'),
}

const fileShape = {
  pipeline: textField().describe('Имя конвейера.'),
  common: goodField.optional().describe('Что верно для каждого товара каждой проверки, если он не говорит иного.'),
}

/** `pipelines/*.test.yaml` as it stands in YAML. */
export const testFileSchema = z.strictObject({
  ...fileShape,
  tests: z.array(z.strictObject(caseShape)).min(1).describe('Проверки.'),
})

/** What 1C is supposed to have said of a good. */
export type GivenGood = z.output<typeof goodField>
/** What 1C is supposed to have said of an offer. */
export type GivenOffer = Pick<GivenGood, keyof typeof offerShape>
/** What is expected of an item: `unchanged` and the like, a rejection, or the values that would be sent. */
export type Wanted = z.output<typeof wantedField>

/** One test of a pipeline. */
export interface PipelineTest {
  readonly place: Place
  readonly name: string
  /** Epoch milliseconds. */
  readonly at: number
  /** Milliseconds since 1C stated the goods. */
  readonly statedAgo: number
  readonly goods: ReadonlyMap<string, GivenGood>
  readonly tables: ReadonlyMap<string, Readonly<Record<string, Readonly<Record<string, string>>>>>
  readonly ledger: ReadonlyMap<string, z.output<typeof ledgerField>>
  readonly expect: ReadonlyMap<string, { readonly wanted: Wanted; readonly place: Place }>
  readonly requests?: { readonly wanted: readonly unknown[]; readonly place: Place }
}

/** What a test file says. */
export interface TestFile {
  readonly pipeline: PipelineConfig
  readonly tests: readonly PipelineTest[]
}

/** Reads one `pipelines/*.test.yaml`; undefined when a finding was added. */
export function readTestFile(
  reader: Reader,
  value: unknown,
  pipelines: readonly PipelineConfig[],
  warehouses: (pipeline: PipelineConfig) => readonly string[],
): TestFile | undefined {
  const before = reader.findings.length
  const map = readMap(reader, [], value ?? {}) ?? {}
  const { pipeline: named, common } = readFields(reader, [], map, fileShape, ['tests'])
  const pipeline = named === undefined ? undefined : tested(reader, named, pipelines)
  const entries = readValue(reader, ['tests'], map['tests'], z.array(z.unknown()).min(1)) ?? []
  const tests = entries.flatMap((_, i) => readTest(reader, i, entries[i], common, pipeline, warehouses) ?? [])
  return reader.findings.length > before || pipeline === undefined ? undefined : { pipeline, tests }
}

function tested(reader: Reader, name: string, pipelines: readonly PipelineConfig[]): PipelineConfig | undefined {
  const pipeline = pipelines.find((each) => each.name === name)
  const place = reader.yaml.placeOf(['pipeline'])
  if (pipeline === undefined) {
    const names = pipelines.filter((each) => each.from.kind === 'catalogue').map((each) => each.name)
    const message = `no pipeline ${JSON.stringify(name)}${didYouMeanHint(name, names)}`
    addError(reader, place, 'test.unknown_pipeline', message)
  } else if (pipeline.from.kind !== 'catalogue') {
    const message = `${JSON.stringify(name)} does not read goods; tests are for pipelines from: { catalogue: … }`
    addError(reader, place, 'test.wrong_pipeline', message)
    return undefined
  }
  return pipeline
}

function readTest(
  reader: Reader,
  index: number,
  value: unknown,
  common: GivenGood | undefined,
  pipeline: PipelineConfig | undefined,
  warehouses: (pipeline: PipelineConfig) => readonly string[],
): PipelineTest | undefined {
  const path = ['tests', index]
  const before = reader.findings.length
  const map = readMap(reader, path, value)
  if (map === undefined) return undefined
  const fields = readFields(reader, path, map, caseShape)
  const { goods = {}, ledger = {}, expect = {}, tables = {}, requests } = fields
  if (reader.findings.length > before) return undefined
  const items = Object.entries(goods).flatMap(([name, good]) => itemsOf(name, good))
  for (const part of ['ledger', 'expect'] as const) {
    for (const [item, each] of Object.entries(fields[part] ?? {})) {
      const at = [...path, part, item]
      if (!items.includes(item)) {
        const message = `no item ${JSON.stringify(item)} among goods${didYouMeanHint(item, items)}`
        addError(reader, reader.yaml.keyPlaceOf(at), 'test.unknown_item', message)
      } else if (pipeline !== undefined) checkValues(reader, at, each, pipeline, warehouses(pipeline))
    }
  }
  if (reader.findings.length > before) return undefined
  return {
    place: reader.yaml.placeOf(path),
    name: fields.name as string,
    at: Date.parse(fields.at as string),
    statedAgo: fields.statedAgo as number,
    goods: new Map(Object.entries(goods).map(([name, good]) => [name, withCommon(good, common)])),
    tables: new Map(Object.entries(tables)),
    ledger: new Map(Object.entries(ledger)),
    expect: new Map(
      Object.entries(expect).map(([item, wanted]) => [
        item,
        { wanted, place: reader.yaml.keyPlaceOf([...path, 'expect', item]) },
      ]),
    ),
    ...(requests === undefined
      ? {}
      : { requests: { wanted: requests, place: reader.yaml.keyPlaceOf([...path, 'requests']) } }),
  }
}

/** How tests call the items of a good: the good, or `good#variant` for each variant. */
export function itemsOf(name: string, { variants }: GivenGood): readonly string[] {
  return variants === undefined ? [name] : Object.keys(variants).map((variant) => `${name}#${variant}`)
}

/** The values of an item fit the aspect, and their warehouses the account. */
function checkValues(
  reader: Reader,
  path: readonly (string | number)[],
  value: unknown,
  { to, name }: PipelineConfig,
  warehouses: readonly string[],
): void {
  if (typeof value !== 'object' || value === null || 'rejected' in value) return
  const known = to.aspect === 'stocks' ? warehouses : Object.keys(pricesWanted.shape)
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue
    const message = `${name} sends no ${JSON.stringify(key)}${didYouMeanHint(key, known)}`
    addError(reader, reader.yaml.keyPlaceOf([...path, key]), 'test.unknown_value', message)
  }
}

/** What is common to all goods under what one says itself; maps are joined key by key. */
function withCommon(good: GivenGood, common: GivenGood | undefined): GivenGood {
  if (common === undefined) return good
  const joined = Object.entries(good).map(([key, own]) => {
    const shared = common[key as keyof GivenGood]
    return [key, isMap(own) && isMap(shared) ? { ...shared, ...own } : own]
  })
  return { ...common, ...Object.fromEntries(joined) } as GivenGood
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

import { z } from 'zod'
import { expressionAt, type ExpressionUse } from './expressions.ts'
import { durationField, nameField, textField } from './fields.ts'
import { didYouMeanHint, unknownKey } from './issues.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import type { AccountConfig, AccountWarehouse } from './model.ts'
import { checkName } from './obmen-file.ts'
import { addError, readFields, readMap, readValue, type Reader } from './read.ts'
import { keysAt } from './schema-keys.ts'
import type { Path } from './yaml.ts'

const BASE_URL = 'an address such as https://api.example.ru is expected'

const warehouseField = z.strictObject({
  from: z
    .union([z.literal('all'), z.array(textField()).min(1)], { error: 'a list of warehouses of 1C is expected, or all' })
    .describe('Склады 1С, остатки которых складываются; all — всё, что называет 1С, и её общий остаток без складов.'),
  orders: textField().optional().describe('Склад 1С, на который записываются заказы; нет — единственный из `from`.'),
  buffer: z.int().min(0).default(0).describe('Сколько штук придержать.'),
  hideBelow: z.int().min(0).default(0).describe('Меньше стольких штук показывать как 0.'),
})

/** Keys of an account that every marketplace has. */
const accountShape = {
  marketplace: textField().describe('Площадка.'),
  exchange: textField().describe('База 1С из config/obmen.yaml, товары которой продаются.'),
  baseUrl: z
    .string()
    .meta({ pattern: '^https?:' })
    .refine((url) => /^https?:/.test(url) && URL.canParse(url), BASE_URL)
    .optional()
    .describe('Адрес API вместо настоящего адреса площадки, например местного Ozon (`obmen simulate ozon`).'),
  select: z
    .union([z.string(), z.boolean()], { error: 'an expression, true or false is expected' })
    .optional()
    .describe('Какие предложения продаём: выражение, дающее да или нет. Нет — все.'),
  identity: z
    .array(z.string({ error: 'an expression is expected' }))
    .min(1)
    .describe(
      'Артикул на площадке: выражения по порядку, берётся первое значение, которое не пусто, не длиннее 50 знаков и не занято. Пара «товар — артикул» запоминается навсегда.',
    ),
  warehouses: z
    .record(z.string(), warehouseField)
    .default({})
    .describe('Склады площадки, по имени или номеру: из каких складов 1С сложить остаток.'),
  stale: z
    .strictObject({
      after: durationField().describe('Через сколько данные 1С считаются старыми.'),
      // oxlint-disable-next-line unicorn/no-thenable -- the word stands so in YAML, and it is never a function
      then: z.enum(['hold', 'zero']).describe('hold — остатки не повышаются, приходит письмо; zero — обнуляются.'),
    })
    .optional()
    .describe('Что делать с остатками, если 1С давно ничего о них не говорила.'),
  counterparty: z
    .strictObject({
      name: textField().describe('Название, как в 1С.'),
      kind: z.enum(['company', 'person']).describe('company — организация, person — человек.'),
      inn: textField().optional().describe('ИНН: по нему и КПП 1С находит контрагента.'),
      kpp: textField().optional().describe('КПП.'),
    })
    .optional()
    .describe('Покупатель в заказах 1С: в отправлениях FBS его нет. Без него заказы в 1С не передаются.'),
  status: z
    .record(z.string(), textField())
    .default({})
    .describe('Статус площадки и текст, который узел 1С сопоставляет со своим статусом заказа.'),
}

/** `config/marketplaces.yaml` as it stands in YAML: an account has the keys of all and those of its marketplace. */
export function accountsSchema(marketplaces: ReadonlyMap<string, MarketplaceSchema>): z.ZodType {
  const accounts = [...marketplaces].map(([name, { settings, summary }]) =>
    z.strictObject({
      ...accountShape,
      marketplace: z.literal(name).describe(`Площадка. ${summary}`),
      ...settings.shape,
    }),
  )
  return z.strictObject({
    accounts: z
      .record(nameField(), z.union(accounts))
      .describe('Кабинеты: имя кабинета (его называют конвейеры) и всё, что к нему относится.'),
  })
}

/** What pipelines need to know of an account, also of one with findings. */
export interface AccountOutline {
  readonly marketplace: string | undefined
  readonly exchange: string | undefined
  readonly hasWarehouses: boolean
  readonly hasCounterparty: boolean
}

/** What `config/marketplaces.yaml` says. */
export interface AccountsFile {
  readonly outlines: ReadonlyMap<string, AccountOutline>
  /** The accounts without findings. */
  readonly accounts: ReadonlyMap<string, AccountConfig>
  readonly expressions: readonly ExpressionUse[]
}

/** Reads `config/marketplaces.yaml`, adding every finding. `exchanges` is undefined while they are not known. */
export function readAccountsFile(
  reader: Reader,
  value: unknown,
  marketplaces: ReadonlyMap<string, MarketplaceSchema>,
  exchanges: readonly string[] | undefined,
): AccountsFile {
  const outlines = new Map<string, AccountOutline>()
  const accounts = new Map<string, AccountConfig>()
  const expressions: ExpressionUse[] = []
  const root = readMap(reader, [], value ?? {}) ?? {}
  for (const key of Object.keys(root)) {
    if (key !== 'accounts') reader.findings.push(unknownKey(reader.yaml, [key], ['accounts']))
  }
  for (const [name, each] of Object.entries(readMap(reader, ['accounts'], root['accounts']) ?? {})) {
    const path = ['accounts', name]
    const before = reader.findings.length
    checkName(reader, path)
    const map = readMap(reader, path, each)
    if (map === undefined) continue
    const { account, outline, uses } = readAccount(reader, path, map, marketplaces)
    const isLost = outline.exchange !== undefined && exchanges !== undefined && !exchanges.includes(outline.exchange)
    if (isLost) {
      const message = `no exchange ${JSON.stringify(outline.exchange)}${didYouMeanHint(outline.exchange, exchanges)}`
      addError(reader, reader.yaml.placeOf([...path, 'exchange']), 'account.unknown_exchange', message)
    }
    // What a pipeline should name instead is not known then.
    outlines.set(name, isLost ? { ...outline, exchange: undefined } : outline)
    expressions.push(...uses)
    if (reader.findings.length === before) accounts.set(name, account)
  }
  return { outlines, accounts, expressions }
}

function readAccount(
  reader: Reader,
  path: Path,
  map: Readonly<Record<string, unknown>>,
  marketplaces: ReadonlyMap<string, MarketplaceSchema>,
): { account: AccountConfig; outline: AccountOutline; uses: readonly ExpressionUse[] } {
  const named = typeof map['marketplace'] === 'string' ? map['marketplace'] : ''
  const schema = marketplaces.get(named)
  if (named !== '' && schema === undefined) {
    const message = `no marketplace ${JSON.stringify(named)}${didYouMeanHint(named, [...marketplaces.keys()])}`
    addError(reader, reader.yaml.placeOf([...path, 'marketplace']), 'account.unknown_marketplace', message)
  }
  // Without a known marketplace every key may be one of its own.
  const ownKeys = schema === undefined ? Object.keys(map) : keysAt(schema.settings, [])
  const fields = readFields(reader, path, map, accountShape, ownKeys)
  const own = Object.fromEntries(Object.entries(map).filter(([key]) => ownKeys.includes(key) && !(key in accountShape)))
  const settings = schema === undefined ? undefined : readValue(reader, path, own, schema.settings)
  const { select, identity = [], warehouses = {}, stale, counterparty, status = {} } = fields
  const selectUse =
    select === undefined
      ? undefined
      : expressionAt(reader.yaml, [...path, 'select'], String(select).trimEnd(), 'boolean')
  const identityUses = identity.map((text, i) =>
    expressionAt(reader.yaml, [...path, 'identity', i], text.trimEnd(), 'text'),
  )
  checkCounterparty(reader, path, counterparty)
  const account: AccountConfig = {
    name: String(path.at(-1)),
    place: reader.yaml.keyPlaceOf(path),
    marketplace: named,
    exchange: fields.exchange ?? '',
    baseUrl: (fields.baseUrl ?? schema?.defaultBaseUrl ?? '').replace(/\/+$/, ''),
    settings,
    ...(selectUse === undefined ? {} : { select: selectUse.source }),
    identity: identityUses.map((use) => use.source),
    warehouses: new Map(
      Object.entries(warehouses).map(([name, warehouse]) => {
        const { orders, ...rest } = warehouse
        const place = reader.yaml.keyPlaceOf([...path, 'warehouses', name])
        return [name, { ...rest, place, ...(orders === undefined ? {} : { orders }) } satisfies AccountWarehouse]
      }),
    ),
    ...(stale === undefined ? {} : { stale }),
    ...(counterparty === undefined ? {} : { counterparty: counterparty as NonNullable<AccountConfig['counterparty']> }),
    status: new Map(Object.entries(status)),
  }
  const outline = {
    marketplace: schema === undefined ? undefined : named,
    exchange: fields.exchange,
    // What is there but wrong has its finding already.
    hasWarehouses: Object.keys(warehouses).length > 0 || fields.warehouses === undefined,
    hasCounterparty: map['counterparty'] !== undefined,
  }
  return { account, outline, uses: [...(selectUse === undefined ? [] : [selectUse]), ...identityUses] }
}

/** 1C finds the buyer by ИНН and КПП: a wrong one makes a second buyer with every order. */
function checkCounterparty(
  reader: Reader,
  path: Path,
  counterparty: { readonly inn?: string | undefined; readonly kpp?: string | undefined } | undefined,
): void {
  const warn = (key: 'inn' | 'kpp', expected: string): void => {
    const place = reader.yaml.placeOf([...path, 'counterparty', key])
    const message = `${JSON.stringify(counterparty?.[key])} has not the form of this number; ${expected}`
    reader.findings.push({ severity: 'warning', code: `account.${key}`, message, place })
  }
  const { inn, kpp } = counterparty ?? {}
  if (inn !== undefined && !/^(\d{10}|\d{12})$/.test(inn)) warn('inn', 'ИНН has 10 digits (company) or 12 (person)')
  if (kpp !== undefined && !/^\d{4}[\dA-Z]{2}\d{3}$/.test(kpp)) warn('kpp', 'КПП has 9 characters')
}

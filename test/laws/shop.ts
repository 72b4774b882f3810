import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccountConfig, ExchangeConfig, PipelineConfig } from '../../src/config/model.ts'
import type { CompiledExpression, ResultType } from '../../src/core/expression.ts'
import type { Aspect, LedgerEntry } from '../../src/core/ledger.ts'
import { silentLog } from '../../src/core/log.ts'
import type { Connector, MarketplaceWarehouse, Outcome, WriteItem, Writer } from '../../src/core/marketplace.ts'
import { compileExpression } from '../../src/expression/index.ts'
import { Account } from '../../src/pipeline/account.ts'
import { AspectRuntime, type Rejection } from '../../src/pipeline/aspect.ts'
import { ItemPipeline } from '../../src/pipeline/item-pipeline.ts'
import type { Exchange, Services } from '../../src/pipeline/services.ts'
import { catalogueItems } from '../../src/sources/catalogue/index.ts'
import { diff } from '../../src/stages/diff/index.ts'
import { guard } from '../../src/stages/guard/index.ts'
import { map } from '../../src/stages/map/index.ts'
import { push } from '../../src/stages/push/index.ts'
import { createFiles } from '../../src/state/disk.ts'
import { openIdentity } from '../../src/state/identity.ts'
import { Ledger } from '../../src/state/ledger.ts'
import { createMemoryStore } from '../../src/state/open.ts'
import type { OpenLine } from '../../src/state/order-book.ts'
import type { Store } from '../../src/state/store.ts'
import { createIngest, stillClock, type Ingest, type StillClock } from './ingest.ts'

/** A variant as a test states it. Prices by type, stock by warehouse; absent = not stated. */
export interface Offer {
  readonly id: string
  readonly name?: string
  readonly deleted?: boolean
  readonly prices?: Readonly<Record<string, string>>
  readonly stocks?: Readonly<Record<string, string>>
  readonly total?: string
}

/** A product as a test states it. */
export interface Good {
  readonly id: string
  readonly article?: string
  readonly deleted?: boolean
  readonly properties?: Readonly<Record<string, string>>
}

/** Price types, warehouses and properties have their name as id with a prefix. */
const NAMES = { priceType: 'Розничная', warehouses: ['Основной', 'Второй'], property: 'На Ozon' } as const

const root = (stamp: string, inside: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07" ДатаФормирования="${stamp}">
${inside}
</КоммерческаяИнформация>`

/** An import file of these goods. */
export function goodsFile(goods: readonly Good[], stamp = '2026-11-22T14:00:00'): string {
  const records = goods.map(({ id, article = id, deleted = false, properties = {} }) => {
    const values = Object.entries(properties).map(
      ([name, value]) => `<ЗначенияСвойства><Ид>s-${name}</Ид><Значение>${value}</Значение></ЗначенияСвойства>`,
    )
    return `<Товар${deleted ? ' Статус="Удален"' : ''}><Ид>${id}</Ид><Артикул>${article}</Артикул><Наименование>Товар ${id}</Наименование><ЗначенияСвойств>${values.join('')}</ЗначенияСвойств></Товар>`
  })
  const property = `<Свойство><Ид>s-${NAMES.property}</Ид><Наименование>${NAMES.property}</Наименование></Свойство>`
  return root(
    stamp,
    `<Классификатор><Ид>k</Ид><Наименование>К</Наименование><Свойства>${property}</Свойства></Классификатор>
<Каталог><Ид>k</Ид><Наименование>К</Наименование><Товары>${records.join('')}</Товары></Каталог>`,
  )
}

/** An offers file of these offers, with the dictionaries. */
export function offersFile(
  offers: readonly Offer[],
  stamp = '2026-11-22T14:00:00',
  warehouses: readonly string[] = NAMES.warehouses,
): string {
  const records = offers.map(({ id, name = `Товар ${id}`, deleted = false, prices, stocks, total }) => {
    const priced = Object.entries(prices ?? {}).map(
      ([type, amount]) =>
        `<Цена><ИдТипаЦены>t-${type}</ИдТипаЦены><ЦенаЗаЕдиницу>${amount}</ЦенаЗаЕдиницу><Валюта>руб</Валюта></Цена>`,
    )
    const stocked = Object.entries(stocks ?? {}).map(
      ([warehouse, quantity]) => `<Склад ИдСклада="w-${warehouse}" КоличествоНаСкладе="${quantity}"/>`,
    )
    const whole = total === undefined ? '' : `<Количество>${total}</Количество>`
    return `<Предложение${deleted ? ' Статус="Удален"' : ''}><Ид>${id}</Ид><Наименование>${name}</Наименование><Цены>${priced.join('')}</Цены>${whole}${stocked.join('')}</Предложение>`
  })
  const type = `<ТипЦены><Ид>t-${NAMES.priceType}</Ид><Наименование>${NAMES.priceType}</Наименование><Валюта>руб</Валюта></ТипЦены>`
  const stores = warehouses.map((name) => `<Склад><Ид>w-${name}</Ид><Наименование>${name}</Наименование></Склад>`)
  return root(
    stamp,
    `<ПакетПредложений><Ид>k#</Ид><Наименование>П</Наименование><ТипыЦен>${type}</ТипыЦен><Склады>${stores.join('')}</Склады><Предложения>${records.join('')}</Предложения></ПакетПредложений>`,
  )
}

/** What a test shop may change. */
export interface ShopOptions {
  readonly aspect?: Aspect
  readonly absent?: 'ignore' | 'zero'
  readonly select?: string
  readonly identity?: readonly string[]
  /** Options of `map` as YAML. */
  readonly map?: Readonly<Record<string, unknown>>
  /** Options of `guard` as YAML; no guard when absent. */
  readonly guard?: Readonly<Record<string, unknown>>
  readonly push?: Readonly<Record<string, unknown>>
  /** What becomes of stocks that 1C stated more than a day ago. */
  readonly stale?: 'hold' | 'zero'
  /** 1C warehouses of the one marketplace warehouse `100`. */
  readonly from?: readonly string[]
  readonly buffer?: number
  readonly hideBelow?: number
  readonly tables?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>
  /** What the marketplace says to an item; accepted by default. */
  readonly answer?: (item: WriteItem<unknown>) => Outcome
  readonly normalise?: (value: unknown) => unknown
  readonly openLines?: (itemId: string) => readonly OpenLine[]
  readonly warehouses?: readonly MarketplaceWarehouse[]
  /** Wraps the store that everything lies in. */
  readonly wrap?: (store: Store) => Store
}

/** A catalogue, an account and one item pipeline, with a marketplace that keeps what it accepts. */
export interface Shop {
  readonly ingest: Ingest
  readonly account: Account
  readonly aspect: AspectRuntime
  readonly pipeline: ItemPipeline
  readonly clock: StillClock
  /** What the marketplace holds by ledger key. */
  readonly marketplace: Map<string, unknown>
  /** Every request: ledger keys with values. */
  readonly requests: (readonly (readonly [key: string, value: unknown])[])[]
  /** A complete look. */
  look(): ReturnType<ItemPipeline['look']>
  /** Sends until nothing is due. */
  send(): Promise<void>
  rejections(): Promise<Rejection[]>
  ledger(): Promise<Record<string, LedgerEntry>>
  /** The same store and clock with a new process around them. */
  restart(): Promise<Shop>
  close(): Promise<void>
}

const PLACE = { file: 'test.yaml' }
const signal = new AbortController().signal

function compile(text: string, expects: ResultType): CompiledExpression {
  const result = compileExpression(text, PLACE, expects)
  if (result.ok) return result.expression
  throw new Error(result.diagnostics.map(({ message }) => message).join('; '))
}

/** Opens a shop; the look is not started. */
export async function createShop(options: ShopOptions = {}): Promise<Shop> {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-shop-'))
  const plain = createMemoryStore()
  const clock = stillClock()
  const shop = await open(options, folder, options.wrap?.(plain) ?? plain, clock, new Map(), [])
  return shop
}

async function open(
  options: ShopOptions,
  folder: string,
  store: Store,
  clock: StillClock,
  marketplace: Map<string, unknown>,
  requests: Shop['requests'],
): Promise<Shop> {
  const { aspect: aspectName = 'prices' } = options
  const ingest = await createIngest({ store, clock })
  const { catalogue } = ingest
  const writer: Writer<unknown> = {
    maxBatch: 100,
    rates: [],
    minInterval: 0,
    normalise: (value) => options.normalise?.(value) ?? value,
    encode: (items) => ({ path: '/', body: items }),
    write: (items) => {
      requests.push(items.map(({ key, value }) => [key, value] as const))
      const outcomes = items.map((item) => options.answer?.(item) ?? { key: item.key, state: 'accepted' as const })
      for (const [i, { key, value }] of items.entries()) {
        if (outcomes[i]?.state === 'accepted') marketplace.set(key, value)
      }
      return Promise.resolve(outcomes)
    },
  }
  const ledger = new Ledger(store, `ledger.shop.${aspectName}`)
  const aspect = new AspectRuntime(aspectName, store, ledger, `rejections.shop.${aspectName}`, writer)
  const exchangeConfig = {
    name: 'main',
    timezone: 'Europe/Moscow',
    currency: new Map(),
    stock: 'free',
  } as unknown as ExchangeConfig
  const { from = ['Основной'], buffer = 0, hideBelow = 0, tables = {}, stale } = options
  const config: AccountConfig = {
    name: 'shop',
    place: PLACE,
    marketplace: 'test',
    exchange: 'main',
    baseUrl: 'http://localhost',
    settings: {},
    identity: [],
    warehouses: new Map([['FBS', { place: PLACE, from, buffer, hideBelow }]]),
    status: new Map(),
    // oxlint-disable-next-line unicorn/no-thenable -- the option is named so
    ...(stale === undefined ? {} : { stale: { after: 86_400_000, then: stale } }),
  }
  const account = new Account({
    config,
    exchange: exchangeConfig,
    connector: { account: 'shop', marketplace: 'test', title: 'Test' } as unknown as Connector,
    catalogue,
    aspects: new Map([[aspectName, aspect]]),
    identity: await openIdentity(join(folder, 'identity.csv'), createFiles()),
    select: options.select === undefined ? undefined : compile(options.select, 'boolean'),
    identityExpressions: (options.identity ?? ['shortId(offer.id)']).map((text) => compile(text, 'text')),
    tables: () => ({
      lookup: (table, key, column) => tables[table]?.[key]?.[column],
      has: (table, key) => tables[table]?.[key] !== undefined,
    }),
    openLines: (itemId) => options.openLines?.(itemId) ?? [],
    isApproved: () => Promise.resolve(true),
    now: () => clock.now(),
  })
  account.setWarehouses(options.warehouses ?? [{ id: '100', name: 'FBS', active: true }])
  const exchange = { config: exchangeConfig, catalogue } as unknown as Exchange
  const services = {
    clock,
    log: silentLog,
    history: { append: () => Promise.resolve() },
    expression: ({ source, expects }: { source: { text: string }; expects: ResultType }) =>
      compile(source.text, expects),
    exchange: () => exchange,
    account: () => account,
  } as unknown as Services
  const pipelineConfig: PipelineConfig = {
    name: 'shop',
    place: PLACE,
    from: { kind: 'catalogue', catalogue: 'main', look: 600_000 },
    to: { account: 'shop', aspect: aspectName, absent: options.absent ?? 'ignore' },
    stages: [],
  }
  const mapping =
    options.map ?? (aspectName === 'stocks' ? { stocks: 'byWarehouse()' } : { price: 'price("Розничная")' })
  const uses: [typeof map, Readonly<Record<string, unknown>>][] = [
    [map, mapping],
    [diff, {}],
    ...(options.guard === undefined ? [] : [[guard, options.guard] as [typeof map, Readonly<Record<string, unknown>>]]),
    [push, options.push ?? {}],
  ]
  const stages = uses.map(([definition, written]) => {
    const parsed = definition.options({ aspect: aspectName }).parse(written)
    const use = { type: definition.type, options: parsed, place: PLACE, optionPlaces: new Map() }
    return definition.create(use, pipelineConfig, services)
  })
  const pipeline = new ItemPipeline(pipelineConfig, {
    account,
    aspect,
    exchange,
    stages,
    source: catalogueItems,
    services,
  })
  return {
    ingest,
    account,
    aspect,
    pipeline,
    clock,
    marketplace,
    requests,
    look: () => pipeline.look(undefined, signal),
    async send() {
      while ((await pipeline.sendBatch(signal)) !== undefined);
    },
    async rejections() {
      const all = []
      for await (const rejection of aspect.rejections()) all.push(rejection)
      return all
    },
    async ledger() {
      const all: Record<string, LedgerEntry> = {}
      for await (const [key, entry] of ledger.entries()) all[key] = entry
      return all
    },
    restart: () => open(options, folder, store, clock, marketplace, requests),
    async close() {
      await ingest.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Drops goods and offers of one run. */
export async function state(
  shop: Shop,
  goods: readonly Good[],
  offers: readonly Offer[],
  stamp = '2026-11-22T14:00:00',
): Promise<void> {
  if (goods.length > 0) await shop.ingest.drop('import0_1.xml', goodsFile(goods, stamp))
  if (offers.length > 0) await shop.ingest.drop('offers0_1.xml', offersFile(offers, stamp))
}

/** Many offers `p0 … p<count-1>` of one price and stock. */
export function many(count: number, offer: Omit<Offer, 'id'>): { goods: Good[]; offers: Offer[] } {
  const ids = Array.from({ length: count }, (_, i) => `p${i}`)
  return { goods: ids.map((id) => ({ id })), offers: ids.map((id) => ({ id, ...offer })) }
}

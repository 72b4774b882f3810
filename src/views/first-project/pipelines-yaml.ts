import { TABLES, type ProjectChoices } from './choices.ts'
import { markupLevel, usablePriceTypes } from './suggest.ts'
import { listed, quoted } from './words.ts'

/** The files of `pipelines/` by name: those that this base has something for. */
export function pipelineFiles(choices: ProjectChoices): ReadonlyMap<string, string> {
  const { account, warehouses, orders, priceType } = choices
  return new Map([
    ['1c.yaml', CATALOGUE],
    ...(priceType === undefined ? [] : [['ozon-prices.yaml', pricesYaml(choices, priceType)] as const]),
    ...(warehouses.length === 0 ? [] : [['ozon-stocks.yaml', stocksYaml(account)] as const]),
    ...(orders === undefined ? [] : [['ozon-orders.yaml', ordersYaml(account)] as const]),
  ])
}

/** What an editor checks these files by. */
const SCHEMA = '# yaml-language-server: $schema=../config/schema/pipeline.json\n'

const CATALOGUE = `${SCHEMA}# Всё, что выгружает 1С: товары, предложения, цены, остатки. Что в файле — видно по содержимому, не по имени.
name: 1c
from: { exchange: main }
to: { catalogue: main }
stages:
  - parse: { format: commerceml }
  - diff # дальше идут только изменившиеся записи
  - guard: { maxRemoved: 10% } # пропало больше десятой части — ждём решения человека
  - store
`

function pricesYaml({ account, survey, oldPriceType }: ProjectChoices, priceType: string): string {
  const groups = markupLevel(survey)
  const factor =
    groups === undefined ? '' : ` * lookup("${TABLES.markup}", product.group(${groups.level}), "коэффициент", 1)`
  const others = usablePriceTypes(survey).filter((name) => name !== priceType && name !== oldPriceType)
  const comments = [
    groups === undefined
      ? 'Цена как в 1С. Наценка: допишите * 1.2. Округлить вверх до десяти рублей: roundUp(…, 10).'
      : `Цена 1С, умноженная на коэффициент группы из config/mapping/${TABLES.markup}.csv; нет в таблице — как в 1С.`,
    ...(groups === undefined ? [] : ['Округлить вверх до десяти рублей: roundUp(…, 10).']),
    ...(others.length === 0 ? [] : [`Другие типы цен этой базы: ${listed(others)}.`]),
  ]
  const struckOut =
    oldPriceType === undefined
      ? ''
      : `      # Зачёркнутая цена; нет её у товара — убирается.
      oldPrice: |
        optional(price(${quoted(oldPriceType)})${factor})
`
  return `${SCHEMA}# Цены на Ozon.
name: ozon-prices
from: { catalogue: main, look: 10m } # изменения видны за секунды, полный просмотр — раз в 10 минут
to: { account: ${account}, aspect: prices }
stages:
  - map:
${comments.map((line) => `      # ${line}`).join('\n')}
      price: |
        price(${quoted(priceType)})${factor}
${struckOut}  - diff
  - guard: { maxChange: 50%, holdShare: 30% } # цена ушла больше чем наполовину — придержать; таких много — придержать всё
  - push: { atMost: 6 per hour } # Ozon принимает не больше 10 изменений цены товара в час
fresh: 10m # обещание: новая цена из 1С не ждёт дольше
`
}

function stocksYaml(account: string): string {
  return `${SCHEMA}# Остатки на Ozon по складам кабинета (warehouses в config/marketplaces.yaml).
name: ozon-stocks
from: { catalogue: main, look: 5m }
to: { account: ${account}, aspect: stocks, absent: zero } # снятый с продажи товар получает остаток 0
stages:
  - map: { stocks: byWarehouse() }
  - diff
  - guard: { maxZeroed: 10% } # обнулилась бы десятая часть за час — ждём решения человека
  - push
fresh: 10m
`
}

function ordersYaml(account: string): string {
  return `${SCHEMA}# Заказы с Ozon в 1С: один файл на базу, его перечитывает узел обмена.
name: ozon-orders
from: { postings: ${account}, every: 1m }
to: { exchange: main }
stages: [diff, write-orders]
`
}

import { all, listed, one, textIn, type Node } from './tree.ts'

/** How statements of one stamp about one thing add up: the later one counts, or rows of it replace rows of that name. */
export type Adding = 'replace' | 'rows'

/**
 * What one record says of one facet of one thing: rows of texts by name. A facet that is stated without rows says that
 * there are none.
 */
export interface Stated {
  /** Such as `offer <id> prices`. */
  readonly facet: string
  readonly adding: Adding
  readonly rows: ReadonlyMap<string, string>
}

/** Where a file comes from, as far as its meaning depends on it. */
export interface Origin {
  readonly file: string
}

/** `ДатаФормирования` as text that sorts by time; undefined when the file states none. */
export function stampOf(root: Node): string | undefined {
  const [, date, hour = '0', rest = ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ]+(\d{1,2})(:[\d:.]*))?/.exec(root.attributes.get('ДатаФормирования') ?? '') ?? []
  return date === undefined ? undefined : `${date}T${hour.padStart(2, '0')}${rest}`
}

/** Everything a file says, in its order. */
export function statementsOf(root: Node, { file }: Origin): Stated[] {
  const stated: Stated[] = []
  for (const section of root.children) {
    stated.push(...dictionariesOf(section))
    if (section.name === 'Каталог') {
      const id = textIn(section, 'Ид')
      for (const product of listed(section, 'Товары', 'Товар')) stated.push(...productOf(product, id))
    }
    if (section.name === 'ПакетПредложений') {
      const isSplit = isBitrixModule(root, file)
      for (const offer of listed(section, 'Предложения', 'Предложение')) stated.push(...offerOf(offer, isSplit))
    }
    if (section.name === 'ИзмененияПакетаПредложений') {
      for (const offer of listed(section, 'Предложения', 'Предложение')) stated.push(...changeOf(offer))
    }
  }
  return stated
}

/** Family C: identity, prices and rests of an offer come in files of their own (§1.3, §2.1). */
function isBitrixModule(root: Node, file: string): boolean {
  const version = root.attributes.get('ВерсияСхемы') ?? ''
  return root.attributes.has('Ид') || version.startsWith('3') || /___[0-9a-f-]{36}\.xml$/i.test(file)
}

function dictionariesOf(section: Node): Stated[] {
  const named = (kind: string, node: Node, more: Readonly<Record<string, string>> = {}): Stated => ({
    facet: `${kind} ${textIn(node, 'Ид')}`,
    adding: 'replace',
    rows: new Map(Object.entries({ name: textIn(node, 'Наименование'), ...more })),
  })
  const groups = (nodes: readonly Node[], parent: string): Stated[] =>
    nodes.flatMap((node) => [
      named('group', node, { parent }),
      ...groups(listed(node, 'Группы', 'Группа'), textIn(node, 'Ид')),
    ])
  const properties = [
    ...listed(section, 'Свойства', 'Свойство'),
    ...listed(section, 'Свойства', 'СвойствоНоменклатуры'),
  ]
  return [
    ...listed(section, 'ТипыЦен', 'ТипЦены').map((node) =>
      named('priceType', node, { currency: textIn(node, 'Валюта') }),
    ),
    ...listed(section, 'Склады', 'Склад').map((node) => named('warehouse', node)),
    ...groups(listed(section, 'Группы', 'Группа'), ''),
    ...properties.map((node) => {
      const values = listed(node, 'ВариантыЗначений', 'Справочник').flatMap((value) => {
        const id = textIn(value, 'ИдЗначения')
        return id === '' ? [] : [[`value ${id}`, textIn(value, 'Значение')] as const]
      })
      return named('property', node, Object.fromEntries(values))
    }),
  ].filter(({ facet }) => !facet.endsWith(' '))
}

function productOf(node: Node, catalogue: string): Stated[] {
  const [id = ''] = textIn(node, 'Ид').split('#')
  if (id === '') return []
  const facts = factsOf(node)
  const tax = listed(node, 'СтавкиНалогов', 'СтавкаНалога').find((rate) =>
    /^(НДС|VAT|ПДВ)$/i.test(textIn(rate, 'Наименование')),
  )
  const maker = one(node, 'Изготовитель')
  const more = {
    groups: listed(node, 'Группы', 'Ид').map(({ text }) => text),
    vat: [textIn(tax, 'Ставка').replace(/\s*%$/, '')],
    description: [textIn(node, 'Описание')],
    manufacturer: [maker === undefined ? '' : textIn(maker, 'Наименование') || maker.text],
    images: all(node, 'Картинка').map(({ text }) => text),
  }
  for (const [name, values] of Object.entries(more)) facts.set(name, filled(values))
  const stated: Stated[] = [{ facet: `product ${id} facts`, adding: 'replace', rows: facts }]
  if (catalogue !== '') {
    stated.push({ facet: `product ${id} catalogues`, adding: 'rows', rows: new Map([[catalogue, 'named']]) })
  }
  return stated
}

/** What tells that an offer states its facts, not only prices or rests (§2.5). */
const OFFER_FACTS = [
  'Наименование',
  'Артикул',
  'Штрихкод',
  'ШтрихКод',
  'БазоваяЕдиница',
  'ХарактеристикиТовара',
  'ЗначенияСвойств',
]

function offerOf(node: Node, isSplit: boolean): Stated[] {
  const id = textIn(node, 'Ид').replace(/#$/, '')
  if (id === '') return []
  const stated: Stated[] = []
  if (isDeleted(node) || OFFER_FACTS.some((name) => one(node, name) !== undefined)) {
    const facts = factsOf(node)
    const attributes = listed(node, 'ХарактеристикиТовара', 'ХарактеристикаТовара').flatMap((attribute) => {
      const [name, value] = [textIn(attribute, 'Наименование'), textIn(attribute, 'Значение')]
      return name === '' || value === '' ? [] : [`${name}=${value}`]
    })
    facts.set('attributes', filled(attributes))
    stated.push({ facet: `offer ${id} facts`, adding: 'replace', rows: facts })
  }
  // Absent prices mean "no price" where an offer comes in one piece, and nothing where it comes in three (§2.5).
  if (!isSplit || one(node, 'Цены') !== undefined) stated.push(pricesOf(node, id))
  return [...stated, ...stocksOf(node, id)]
}

/** §2.6: the key is two elements, absent prices are unchanged ones. */
function changeOf(node: Node): Stated[] {
  const product = textIn(node, 'Ид').replace(/#$/, '')
  const variant = textIn(node, 'ИдХарактеристики')
  const hasVariant = variant !== '' && !/^[0-]+$/.test(variant) && !product.includes('#')
  const id = hasVariant ? `${product}#${variant}` : product
  if (product === '') return []
  return [...(one(node, 'Цены') === undefined ? [] : [pricesOf(node, id)]), ...stocksOf(node, id)]
}

function factsOf(node: Node): Map<string, string> {
  const barcodes = [...all(node, 'Штрихкод'), ...all(node, 'ШтрихКод')].flatMap(({ text }) => text.split(/[\s,;]+/))
  const requisites = new Map<string, string[]>()
  for (const requisite of listed(node, 'ЗначенияРеквизитов', 'ЗначениеРеквизита')) {
    const name = textIn(requisite, 'Наименование')
    if (name === '') continue
    const values = all(requisite, 'Значение').map(({ text }) => text)
    requisites.set(name, [...(requisites.get(name) ?? []), ...values])
  }
  const rows = new Map([
    ['name', textIn(node, 'Наименование')],
    ['article', textIn(node, 'Артикул')],
    ['barcodes', filled([...new Set(barcodes)])],
    ['deleted', isDeleted(node) ? 'yes' : 'no'],
  ])
  for (const [name, values] of requisites) rows.set(`requisite ${name}`, filled(values))
  for (const property of listed(node, 'ЗначенияСвойств', 'ЗначенияСвойства')) {
    const values = filled(all(property, 'Значение').map(({ text }) => text))
    const name = `property ${textIn(property, 'Ид')}`
    if (values === '' || name === 'property ') continue
    rows.set(name, rows.has(name) ? `${rows.get(name)} | ${values}` : values)
  }
  return rows
}

/** §2.7: an explicit sign only. */
function isDeleted(node: Node): boolean {
  const status = node.attributes.get('Статус') || textIn(node, 'Статус')
  return /^удал[её]н$/i.test(status) || /^(true|1|истина|да)$/i.test(textIn(node, 'ПометкаУдаления'))
}

function pricesOf(node: Node, id: string): Stated {
  const rows = new Map<string, string>()
  for (const price of listed(node, 'Цены', 'Цена')) {
    const amount = textIn(price, 'ЦенаЗаЕдиницу')
    if (amount === '') continue
    const type = textIn(price, 'ИдТипаЦены')
    const text = `${number(amount)} ${textIn(price, 'Валюта')} ×${number(textIn(price, 'Коэффициент') || '1')}`
    rows.set(type, rows.has(type) ? `${rows.get(type)} | ${text}` : text)
  }
  return { facet: `offer ${id} prices`, adding: 'rows', rows }
}

/** The five spellings of §2.5 and checklist 3. */
function stocksOf(node: Node, id: string): Stated[] {
  const rows = new Map<string, string>()
  const put = (warehouse: string, quantity: string): void => {
    if (warehouse === '' && rows.has('total')) return
    rows.set(warehouse === '' ? 'total' : `warehouse ${warehouse}`, number(quantity))
  }
  const total = textIn(node, 'Количество')
  if (total !== '') put('', total)
  for (const row of [...all(node, 'Склад'), ...all(node, 'Склады')]) {
    const warehouse = row.attributes.get('ИдСклада') ?? ''
    if (warehouse !== '') put(warehouse, row.attributes.get('КоличествоНаСкладе') ?? '')
  }
  for (const level of listed(node, 'Остатки', 'Остаток')) {
    for (const warehouse of all(level, 'Склад')) {
      put(textIn(warehouse, 'Ид'), textIn(warehouse, 'Количество') || textIn(level, 'Количество'))
    }
    if (one(level, 'Склад') === undefined) put('', textIn(level, 'Количество'))
  }
  for (const row of listed(node, 'КоличествоНаСкладах', 'КоличествоНаСкладе')) {
    put(textIn(row, 'ИдСклада'), textIn(row, 'Количество'))
  }
  const isStated = rows.size > 0 || one(node, 'Остатки') !== undefined || one(node, 'КоличествоНаСкладах') !== undefined
  return isStated ? [{ facet: `offer ${id} stocks`, adding: 'rows', rows }] : []
}

/** §3 quirk 9: blanks of all kinds go, a comma is a dot when there is none; one spelling for equal numbers. */
function number(text: string): string {
  const plain = text.replaceAll(/[\s\u00A0\u202F]/g, '')
  const [, sign = '', whole = '', part = ''] =
    /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(plain.includes('.') ? plain : plain.replace(',', '.')) ?? []
  if (whole === '' && part === '') throw new Error(`no number: ${text}`)
  const digits = whole.replace(/^0+(?=\d)/, '') || '0'
  const fraction = part.replace(/0+$/, '')
  const value = fraction === '' ? digits : `${digits}.${fraction}`
  return sign === '-' && /[1-9]/.test(value) ? `-${value}` : value
}

function filled(values: readonly string[]): string {
  return values.filter((value) => value !== '').join(' | ')
}

import type { UsedName } from '../core/expression.ts'
import { Big, parseDecimal } from '../core/decimal.ts'
import { MissingValue, UnusableValue, type ItemContext } from '../core/item.ts'
import type { Kind } from './kind.ts'
import { floor, roundToStep, roundUpToStep } from './numbers.ts'
import { parseFlag, part, shortId, slug } from './texts.ts'

/** Stock per marketplace warehouse as a value of an expression. */
export class Stocks {
  readonly byWarehouse: Readonly<Record<string, number>>

  constructor(byWarehouse: Readonly<Record<string, number>>) {
    this.byWarehouse = byWarehouse
  }
}

/** A value while an expression is evaluated. */
export type Value = Big | string | boolean | Stocks

/** One call during evaluation. Arguments are evaluated when asked for, and then each time. */
export interface Call {
  readonly item: ItemContext
  /** How many arguments were written. */
  readonly count: number
  /** The kind of an argument, known since the type check. */
  kind(index: number): Kind | undefined
  value(index: number): Value
  text(index: number): string
  number(index: number): Big
}

/** One parameter of a function. */
export interface Parameter {
  readonly name: string
  readonly kind: Kind | 'any'
  /** The argument is a name of the 1C base or of a table: it must be written out, so that it can be checked before a look. */
  readonly names?: UsedName['kind']
  /** Must be written out: a whole number from 1. */
  readonly counts?: true
  /** When written out, must be greater than 0. */
  readonly positive?: true
}

/** A function or method of the language: the one declaration behind its check, its evaluation and its reference. */
export interface FunctionSpec {
  readonly name: string
  /** `product.name(…)` and the like; absent for a plain function. */
  readonly owner?: 'product' | 'offer'
  /** One sentence of user documentation. */
  readonly summary: string
  readonly parameters: readonly Parameter[]
  /** Fewest arguments; all parameters when absent. */
  readonly least?: number
  /** The last parameter may be given any number of times. */
  readonly repeats?: true
  /** `kinds` are those of the arguments written. */
  readonly returns: Kind | ((kinds: readonly (Kind | undefined)[]) => Kind | undefined)
  /** What to say when `returns` finds no kind that fits. */
  readonly mismatch?: string
  call(call: Call): Value
}

const text = (name: string): Parameter => ({ name, kind: 'text' })
const number = (name: string): Parameter => ({ name, kind: 'number' })
const named = (name: string, names: UsedName['kind']): Parameter => ({ name, kind: 'text', names })
const step: Parameter = { name: 'step', kind: 'number', positive: true }

const ofCatalogue: readonly FunctionSpec[] = [
  {
    name: 'price',
    summary: 'Цена этого вида. Нет цены или она 0 — товар отклоняется.',
    parameters: [named('type', 'priceType')],
    returns: 'number',
    call: (c) => new Big(c.item.price(c.text(0))),
  },
  {
    name: 'hasPrice',
    summary: 'Да, если у товара есть цена каждого из этих видов.',
    parameters: [named('type', 'priceType')],
    repeats: true,
    returns: 'boolean',
    call: (c) => texts(c).every((type) => c.item.hasPrice(type)),
  },
  {
    name: 'stock',
    summary: 'Остаток на названных складах 1С или на всех. Отрицательный считается за 0.',
    parameters: [named('warehouse', 'warehouse')],
    least: 0,
    repeats: true,
    returns: 'number',
    call: (c) => new Big(c.item.stock(...texts(c))),
  },
  {
    name: 'everInStock',
    summary: 'Да, если 1С хоть раз выгружала остаток товара.',
    parameters: [],
    returns: 'boolean',
    call: (c) => c.item.everInStock(),
  },
  {
    name: 'byWarehouse',
    summary: 'Остаток для каждого склада кабинета (`warehouses`): сумма складов 1С без заказов в пути и придержанного.',
    parameters: [],
    returns: 'stocks',
    call: (c) => new Stocks(c.item.byWarehouse()),
  },
  {
    name: 'property',
    summary: 'Свойство предложения, а нет его — товара; "" — не заполнено.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.property(c.text(0)),
  },
  {
    name: 'property',
    owner: 'product',
    summary: 'Свойство товара; "" — не заполнено.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.productProperty(c.text(0)),
  },
  {
    name: 'requisite',
    owner: 'product',
    summary: 'Реквизит товара; "" — не заполнен.',
    parameters: [named('name', 'requisite')],
    returns: 'text',
    call: (c) => c.item.requisite(c.text(0)),
  },
  {
    name: 'group',
    owner: 'product',
    summary: 'Название группы товара на уровне, 1 — верхний; "" — такого уровня нет.',
    parameters: [{ name: 'level', kind: 'number', counts: true }],
    returns: 'text',
    call: (c) => c.item.group(c.number(0).toNumber()),
  },
  {
    name: 'inGroup',
    owner: 'product',
    summary: 'Да, если товар лежит в этой группе или ниже.',
    parameters: [named('name', 'group')],
    returns: 'boolean',
    call: (c) => c.item.inGroup(c.text(0)),
  },
  {
    name: 'inCatalogue',
    owner: 'product',
    summary: 'Да, если товар выгружен в каталоге с этим названием.',
    parameters: [named('name', 'catalogue')],
    returns: 'boolean',
    call: (c) => c.item.inCatalogue(c.text(0)),
  },
  {
    name: 'property',
    owner: 'offer',
    summary: 'Свойство предложения; "" — не заполнено.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.offerProperty(c.text(0)),
  },
  {
    name: 'characteristic',
    owner: 'offer',
    summary: 'Характеристика предложения (размер, цвет); "" — не заполнена.',
    parameters: [named('name', 'characteristic')],
    returns: 'text',
    call: (c) => c.item.characteristic(c.text(0)),
  },
]

const ofTables: readonly FunctionSpec[] = [
  {
    name: 'lookup',
    summary:
      'Ячейка таблицы из config/mapping. Нет строки или ячейка пуста: значение по умолчанию, а без него товар отклоняется. Число по умолчанию делает числом и ячейку.',
    parameters: [named('table', 'table'), text('key'), named('column', 'column'), { name: 'default', kind: 'any' }],
    least: 3,
    returns: (kinds) =>
      kinds.length < 4 ? 'text' : kinds[3] === 'number' || kinds[3] === 'text' ? kinds[3] : undefined,
    mismatch: 'lookup(…): the default must be text or a number',
    call: lookup,
  },
  {
    name: 'inTable',
    summary: 'Да, если в таблице есть строка с этим ключом.',
    parameters: [named('table', 'table'), text('key')],
    returns: 'boolean',
    call: (c) => c.item.inTable(c.text(0), c.text(1)),
  },
]

const ofMissing: readonly FunctionSpec[] = [
  {
    name: 'first',
    summary: 'Первое значение, которое есть. Пустой текст "" — тоже значение.',
    parameters: [
      { name: 'value', kind: 'any' },
      { name: 'other', kind: 'any' },
    ],
    repeats: true,
    returns: (kinds) => (kinds.every((kind) => kind === kinds[0]) ? kinds[0] : undefined),
    mismatch: 'first(…): the values must be of one kind, all numbers or all texts',
    call: first,
  },
  {
    name: 'optional',
    summary: 'Значение, а нет его — ничего, и товар не отклоняется. Только вокруг всего выражения.',
    parameters: [{ name: 'value', kind: 'any' }],
    returns: (kinds) => kinds[0],
    // What is missing is caught around the whole expression: nothing else may ever see "nothing".
    call: (c) => c.value(0),
  },
]

const ofTexts: readonly FunctionSpec[] = [
  {
    name: 'number',
    summary: 'Число, записанное текстом; пустой текст — значения нет.',
    parameters: [text('text')],
    returns: 'number',
    call: (c) => readNumber(c.text(0)),
  },
  {
    name: 'flag',
    summary: 'Да для «Да», true, 1, «истина», yes; нет для "", «Нет», false, 0, «ложь», no. Иное отклоняет товар.',
    parameters: [text('text')],
    returns: 'boolean',
    call: (c) => readFlag(c.text(0)),
  },
  {
    name: 'part',
    summary: 'Часть текста между разделителями, с номером от 1, без пробелов по краям; "" — частей меньше.',
    parameters: [text('text'), text('separator'), { name: 'n', kind: 'number', counts: true }],
    returns: 'text',
    call: (c) => part(c.text(0), c.text(1), c.number(2).toNumber()),
  },
  {
    name: 'slug',
    summary: 'Текст латиницей: буквы, цифры и дефисы.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => slug(c.text(0)),
  },
  {
    name: 'shortId',
    summary: 'Короткое постоянное имя длинного идентификатора: 22 знака, буквы, цифры, - и _.',
    parameters: [text('id')],
    returns: 'text',
    call: (c) => shortId(c.text(0)),
  },
  {
    name: 'lower',
    summary: 'Текст строчными буквами.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).toLowerCase(),
  },
  {
    name: 'upper',
    summary: 'Текст прописными буквами.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).toUpperCase(),
  },
  {
    name: 'trim',
    summary: 'Текст без пробелов по краям.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).trim(),
  },
]

const ofNumbers: readonly FunctionSpec[] = [
  {
    name: 'round',
    summary: 'Ближайшее кратное шагу; половина шага — вверх.',
    parameters: [number('x'), step],
    returns: 'number',
    call: (c) => roundToStep(c.number(0), c.number(1)),
  },
  {
    name: 'roundUp',
    summary: 'Ближайшее кратное шагу не меньше числа.',
    parameters: [number('x'), step],
    returns: 'number',
    call: (c) => roundUpToStep(c.number(0), c.number(1)),
  },
  {
    name: 'floor',
    summary: 'Число без дробной части, вниз.',
    parameters: [number('x')],
    returns: 'number',
    call: (c) => floor(c.number(0)),
  },
  {
    name: 'min',
    summary: 'Меньшее из чисел.',
    parameters: [number('a'), number('b')],
    repeats: true,
    returns: 'number',
    call: (c) => numbers(c).reduce((a, b) => (b.lt(a) ? b : a)),
  },
  {
    name: 'max',
    summary: 'Большее из чисел.',
    parameters: [number('a'), number('b')],
    repeats: true,
    returns: 'number',
    call: (c) => numbers(c).reduce((a, b) => (b.gt(a) ? b : a)),
  },
]

/** Every function and method of the language. */
export const FUNCTIONS: readonly FunctionSpec[] = [...ofCatalogue, ...ofTables, ...ofMissing, ...ofTexts, ...ofNumbers]

/** The methods that CEL itself gives to texts and that we keep; each takes one text. */
export const TEXT_METHODS: readonly string[] = ['startsWith', 'endsWith', 'contains']

/** The fields of `product` and `offer`, all of them texts. */
export const FIELDS = {
  product: [
    ...(['id', 'article', 'name', 'barcode', 'vat', 'unit', 'kind', 'brand'] as const),
    ...(['code', 'country', 'weight', 'packs', 'kit'] as const),
  ],
  offer: ['id', 'article', 'name', 'barcode', 'variantName'],
} as const

/** The function of this name, or the method of this name and owner. */
export function findFunction(name: string, owner?: 'product' | 'offer'): FunctionSpec | undefined {
  return FUNCTIONS.find((spec) => spec.name === name && spec.owner === owner)
}

/** A call as the guide shows it: `lookup(table, key, column[, default])`. */
export function usageOf(spec: FunctionSpec): string {
  const least = spec.least ?? spec.parameters.length
  const shown = spec.parameters.map(({ name }, index) => (index < least ? name : `[${name}]`)).join(', ')
  const owner = spec.owner === undefined ? '' : `${spec.owner}.`
  return `${owner}${spec.name}(${shown}${spec.repeats === true ? ', …' : ''})`
}

function texts(call: Call): string[] {
  return Array.from({ length: call.count }, (_, index) => call.text(index))
}

function numbers(call: Call): Big[] {
  return Array.from({ length: call.count }, (_, index) => call.number(index))
}

function lookup(call: Call): Value {
  const table = call.text(0)
  const key = call.text(1)
  const column = call.text(2)
  const cell = call.item.lookup(table, key, column)
  if (cell === undefined || cell === '') {
    if (call.count === 4) return call.value(3)
    throw new MissingValue({
      code: 'item.no_table_row',
      message: `table ${table} has no ${column} for ${key}`,
      params: { table, key, column },
    })
  }
  if (call.kind(3) !== 'number') return cell
  const decimal = parseDecimal(cell)
  if (decimal !== undefined) return new Big(decimal)
  throw new UnusableValue({
    code: 'item.bad_table_cell',
    message: `table ${table}, row ${key}, column ${column}: "${cell}" is no number`,
    params: { table, key, column, text: cell },
  })
}

function first(call: Call): Value {
  const last = call.count - 1
  for (let index = 0; index < last; index++) {
    try {
      return call.value(index)
    } catch (error) {
      if (!(error instanceof MissingValue)) throw error
    }
  }
  return call.value(last)
}

function readNumber(written: string): Big {
  const decimal = parseDecimal(written)
  if (decimal !== undefined) return new Big(decimal)
  const reason = { code: 'item.bad_number', message: `"${written}" is no number`, params: { text: written } }
  throw written.trim() === '' ? new MissingValue(reason) : new UnusableValue(reason)
}

function readFlag(written: string): boolean {
  const flag = parseFlag(written)
  if (flag !== undefined) return flag
  throw new UnusableValue({
    code: 'item.bad_flag',
    message: `"${written}" is neither yes nor no`,
    params: { text: written },
  })
}

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
    summary: 'The price of a type; a missing price rejects the item.',
    parameters: [named('type', 'priceType')],
    returns: 'number',
    call: (c) => new Big(c.item.price(c.text(0))),
  },
  {
    name: 'hasPrice',
    summary: 'True when the item has a price of every type named.',
    parameters: [named('type', 'priceType')],
    repeats: true,
    returns: 'boolean',
    call: (c) => texts(c).every((type) => c.item.hasPrice(type)),
  },
  {
    name: 'stock',
    summary: 'The stock in the warehouses named, or in all of them.',
    parameters: [named('warehouse', 'warehouse')],
    least: 0,
    repeats: true,
    returns: 'number',
    call: (c) => new Big(c.item.stock(...texts(c))),
  },
  {
    name: 'everInStock',
    summary: 'True once 1C ever stated a stock of the item.',
    parameters: [],
    returns: 'boolean',
    call: (c) => c.item.everInStock(),
  },
  {
    name: 'byWarehouse',
    summary: 'The stock for each marketplace warehouse of the account.',
    parameters: [],
    returns: 'stocks',
    call: (c) => new Stocks(c.item.byWarehouse()),
  },
  {
    name: 'property',
    summary: 'A property of the offer, or else of the product; "" when it is not set.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.property(c.text(0)),
  },
  {
    name: 'property',
    owner: 'product',
    summary: 'A property of the product; "" when it is not set.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.productProperty(c.text(0)),
  },
  {
    name: 'requisite',
    owner: 'product',
    summary: 'A requisite of the product; "" when it is not set.',
    parameters: [named('name', 'requisite')],
    returns: 'text',
    call: (c) => c.item.requisite(c.text(0)),
  },
  {
    name: 'group',
    owner: 'product',
    summary: 'The name of the group at a level, 1 is the top; "" beyond.',
    parameters: [{ name: 'level', kind: 'number', counts: true }],
    returns: 'text',
    call: (c) => c.item.group(c.number(0).toNumber()),
  },
  {
    name: 'inGroup',
    owner: 'product',
    summary: 'True when the product lies in the group or below it.',
    parameters: [named('name', 'group')],
    returns: 'boolean',
    call: (c) => c.item.inGroup(c.text(0)),
  },
  {
    name: 'inCatalogue',
    owner: 'product',
    summary: 'True when the catalogue of this name stated the product.',
    parameters: [named('name', 'catalogue')],
    returns: 'boolean',
    call: (c) => c.item.inCatalogue(c.text(0)),
  },
  {
    name: 'property',
    owner: 'offer',
    summary: 'A property of the offer; "" when it is not set.',
    parameters: [named('name', 'property')],
    returns: 'text',
    call: (c) => c.item.offerProperty(c.text(0)),
  },
  {
    name: 'characteristic',
    owner: 'offer',
    summary: 'A characteristic of the offer; "" when it is not set.',
    parameters: [named('name', 'characteristic')],
    returns: 'text',
    call: (c) => c.item.characteristic(c.text(0)),
  },
]

const ofTables: readonly FunctionSpec[] = [
  {
    name: 'lookup',
    summary:
      'A cell of a table; without a default a missing row or an empty cell rejects the item. A number as default makes the cell a number.',
    parameters: [named('table', 'table'), text('key'), named('column', 'column'), { name: 'default', kind: 'any' }],
    least: 3,
    returns: (kinds) =>
      kinds.length < 4 ? 'text' : kinds[3] === 'number' || kinds[3] === 'text' ? kinds[3] : undefined,
    mismatch: 'lookup(…): the default must be text or a number',
    call: lookup,
  },
  {
    name: 'inTable',
    summary: 'True when the table has a row with this key.',
    parameters: [named('table', 'table'), text('key')],
    returns: 'boolean',
    call: (c) => c.item.inTable(c.text(0), c.text(1)),
  },
]

const ofMissing: readonly FunctionSpec[] = [
  {
    name: 'first',
    summary: 'The first of the values that is not missing. A text that is not set is "", not missing.',
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
    summary: 'The value, or nothing at all when it is missing; only around a whole expression.',
    parameters: [{ name: 'value', kind: 'any' }],
    returns: (kinds) => kinds[0],
    // What is missing is caught around the whole expression: nothing else may ever see "nothing".
    call: (c) => c.value(0),
  },
]

const ofTexts: readonly FunctionSpec[] = [
  {
    name: 'number',
    summary: 'The number that a text shows; "" counts as missing.',
    parameters: [text('text')],
    returns: 'number',
    call: (c) => readNumber(c.text(0)),
  },
  {
    name: 'flag',
    summary: 'True for "Да", "true", "1", "истина", "yes"; false for "", "Нет", "false", "0", "ложь", "no".',
    parameters: [text('text')],
    returns: 'boolean',
    call: (c) => readFlag(c.text(0)),
  },
  {
    name: 'part',
    summary: 'The n-th part (from 1) of a text between separators, trimmed; "" beyond.',
    parameters: [text('text'), text('separator'), { name: 'n', kind: 'number', counts: true }],
    returns: 'text',
    call: (c) => part(c.text(0), c.text(1), c.number(2).toNumber()),
  },
  {
    name: 'slug',
    summary: 'The text in Latin letters, digits and hyphens.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => slug(c.text(0)),
  },
  {
    name: 'shortId',
    summary: 'A short stable name of a long id: 22 letters, digits, "-" and "_".',
    parameters: [text('id')],
    returns: 'text',
    call: (c) => shortId(c.text(0)),
  },
  {
    name: 'lower',
    summary: 'The text in lower case.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).toLowerCase(),
  },
  {
    name: 'upper',
    summary: 'The text in upper case.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).toUpperCase(),
  },
  {
    name: 'trim',
    summary: 'The text without spaces around it.',
    parameters: [text('text')],
    returns: 'text',
    call: (c) => c.text(0).trim(),
  },
]

const ofNumbers: readonly FunctionSpec[] = [
  {
    name: 'round',
    summary: 'The nearest multiple of the step, half a step goes up.',
    parameters: [number('x'), step],
    returns: 'number',
    call: (c) => roundToStep(c.number(0), c.number(1)),
  },
  {
    name: 'roundUp',
    summary: 'The next multiple of the step that is not below the number.',
    parameters: [number('x'), step],
    returns: 'number',
    call: (c) => roundUpToStep(c.number(0), c.number(1)),
  },
  {
    name: 'floor',
    summary: 'The number without its fraction, rounded down.',
    parameters: [number('x')],
    returns: 'number',
    call: (c) => floor(c.number(0)),
  },
  {
    name: 'min',
    summary: 'The least of the numbers.',
    parameters: [number('a'), number('b')],
    repeats: true,
    returns: 'number',
    call: (c) => numbers(c).reduce((a, b) => (b.lt(a) ? b : a)),
  },
  {
    name: 'max',
    summary: 'The greatest of the numbers.',
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
  product: ['id', 'article', 'name', 'barcode', 'vat', 'unit', 'kind', 'brand'],
  offer: ['id', 'article', 'name', 'barcode', 'variantName'],
} as const

/** The function of this name, or the method of this name and owner. */
export function findFunction(name: string, owner?: 'product' | 'offer'): FunctionSpec | undefined {
  return FUNCTIONS.find((spec) => spec.name === name && spec.owner === owner)
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

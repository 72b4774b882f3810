import { z } from 'zod'
import { expressionField, isExpression, type ExpressionLeaf } from '../../config/expression-leaf.ts'
import { ObmenError } from '../../core/errors.ts'
import type { ExpressionValue, UsedName } from '../../core/expression.ts'
import { fingerprintValue } from '../../core/fingerprint.ts'
import { MissingValue, UnusableValue, type ItemContext, type Reason } from '../../core/item.ts'
import type { PriceValue, StockValue } from '../../core/marketplace.ts'
import type { DesiredEnvelope, DesiredValue, ItemEnvelope } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import { perBatch, type StageDefinition } from '../../pipeline/stage.ts'

const priceFields = {
  price: expressionField('decimal').describe('Цена без акций, в валюте кабинета.'),
  oldPrice: expressionField('decimal')
    .optional()
    .describe('Зачёркнутая цена; `optional(…)` без значения убирает её с площадки.'),
  minPrice: expressionField('decimal').optional().describe('Ниже этой цены акции площадки опустить не могут.'),
  netPrice: expressionField('decimal').optional().describe('Себестоимость.'),
}

const pricesOptions = z.strictObject(priceFields)
const stocksOptions = z.strictObject({
  stocks: expressionField('stocks').describe('Остаток по складам кабинета: `byWarehouse()`.'),
})

type Fields = Readonly<Record<string, ExpressionLeaf | undefined>>

/** `map` turns an item into what the marketplace should hold, by the expressions of the admin. */
export const map: StageDefinition = {
  type: 'map',
  summary: 'Считает по выражениям, что должно быть на площадке у каждого товара.',
  role: 'pure',
  options: ({ aspect }) => (aspect === 'stocks' ? stocksOptions : pricesOptions),
  flows: { item: 'desired' },
  examples: ['map: { price: \'roundUp(price("Розничная") * 1.25, 10)\' }', 'map: { stocks: byWarehouse() }'],
  create(use, pipeline, services) {
    const { account: accountName, aspect } = pipeline.to
    if (accountName === undefined || aspect === undefined) {
      throw new ObmenError(
        'config',
        'stage.map_target',
        `building ${pipeline.name}: map needs an account and an aspect`,
      )
    }
    const fields = evaluators(use.options as Fields, services)
    const writer = services.account(accountName).aspect(aspect).writer
    const values = aspect === 'stocks' ? stockValues : priceValues
    return {
      names: fields.flatMap((field) => field.names),
      ...perBatch<ItemEnvelope, DesiredEnvelope>((batch, ctx) => {
        const out: DesiredEnvelope[] = []
        for (const item of batch) {
          if ('absent' in item) {
            out.push({ id: item.id, label: item.label, absent: item.absent })
            continue
          }
          const desired = compute(() => values(fields, item.value))
          if ('code' in desired) {
            ctx.reject(item.id, item.label, desired)
            continue
          }
          const normalised: DesiredValue[] = []
          let fault: Reason | undefined
          for (const { warehouseId, value } of desired) {
            const own = writer.normalise(value)
            if (isReason(own)) fault = own
            else
              normalised.push({
                ...(warehouseId === undefined ? {} : { warehouseId }),
                value: own,
                fingerprint: fingerprintValue(own),
              })
          }
          if (fault === undefined) out.push({ id: item.id, label: item.label, values: normalised })
          else ctx.reject(item.id, item.label, fault)
        }
        return out
      }),
    }
  },
}

interface Field {
  readonly name: string
  readonly names: readonly UsedName[]
  value(item: ItemContext): ExpressionValue
}

function evaluators(options: Fields, services: Services): Field[] {
  return Object.entries(options).flatMap(([name, leaf]): Field[] => {
    if (leaf === undefined) return []
    if (isExpression(leaf)) {
      const expression = services.expression(leaf)
      return [{ name, names: expression.names, value: (item) => expression.evaluate(item) }]
    }
    const constant = leaf.kind === 'constant' ? leaf.value : ''
    return [{ name, names: [], value: () => ({ kind: 'decimal', value: String(constant) }) }]
  })
}

type Wanted = readonly { readonly warehouseId?: string; readonly value: PriceValue | StockValue }[]

function priceValues(fields: readonly Field[], item: ItemContext): Wanted {
  const value: Record<string, string> = {}
  for (const field of fields) {
    const result = field.value(item)
    if (result.kind === 'decimal') value[field.name] = result.value
    // A struck-out price that is gone must be taken away, not left standing.
    else if (result.kind === 'absent' && field.name === 'oldPrice') value['oldPrice'] = '0'
  }
  if (value['price'] === undefined) {
    throw new MissingValue({ code: 'item.no_price', message: 'the mapping gave no price' })
  }
  return [{ value: value as unknown as PriceValue }]
}

function stockValues(fields: readonly Field[], item: ItemContext): Wanted {
  const [field] = fields
  const result = field?.value(item)
  if (result?.kind !== 'stocks') return []
  return Object.entries(result.value).map(([warehouseId, quantity]) => ({ warehouseId, value: { quantity } }))
}

/** An item's fault is a value; a fault of ours is an exception and stops the run. */
function compute(work: () => Wanted): Wanted | Reason {
  try {
    return work()
  } catch (error) {
    if (error instanceof MissingValue || error instanceof UnusableValue) return error.reason
    throw error
  }
}

function isReason(value: unknown): value is Reason {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value
}

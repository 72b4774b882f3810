import { z } from 'zod'
import { isDecimal, type Decimal } from '../../core/decimal.ts'
import type { ApiAnswer } from './errors.ts'
import { FAULT_KINDS } from './faults.ts'
import { cancelPosting, createPosting, shipPosting } from './postings.ts'
import {
  accountOf,
  minPriceOf,
  productOf,
  resetWorld,
  stockOf,
  type Account,
  type Posting,
  type World,
} from './state.ts'

/** The paths of the control API begin with this. */
export const CONTROL_PREFIX = '/_sim/'

/** A request to the control API. */
export interface ControlRequest {
  readonly verb: string
  /** Without query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

const clientId = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,15}$/, 'expected a positive whole number'))
const money = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine(isDecimal, 'expected a price, for example "1499.00"')
const whole = z.number().int().nonnegative()

const productsSchema = z.strictObject({
  clientId,
  items: z.array(
    z.strictObject({
      offerId: z.string().min(1).max(50),
      name: z.string().max(500).optional(),
      barcodes: z.array(z.string().min(1).max(100)).optional(),
      price: money.optional(),
      oldPrice: money.optional(),
      stocks: z.record(z.string().regex(/^\d+$/), whole).optional(),
      card: z.enum(['sellable', 'notCreated', 'priceNotSent', 'archived']).optional(),
    }),
  ),
})

const postingSchema = z.strictObject({
  clientId,
  warehouseId: z.coerce.number().int(),
  lines: z.array(z.strictObject({ offerId: z.string(), quantity: z.number().int().positive(), price: money })).min(1),
})

const warehousesSchema = z.strictObject({
  clientId,
  warehouses: z.array(
    z.strictObject({
      warehouseId: z.coerce.number().int().positive(),
      name: z.string().min(1),
      status: z.string().default('created'),
    }),
  ),
})

const keySchema = z.strictObject({
  clientId,
  apiKey: z.string().min(1).optional(),
  deactivated: z.boolean().optional(),
  methods: z.array(z.string()).optional(),
  expiresAt: z.iso.datetime().optional(),
})

const faultSchema = z.strictObject({
  rate: z.number().min(0).max(1),
  kind: z.union([z.enum(FAULT_KINDS), z.literal(429).transform(() => '429' as const)]),
  method: z.string().startsWith('/').optional(),
  retryAfter: whole.nullable().optional(),
  delay: whole.optional(),
  code: z.string().min(1).optional(),
})

const faultsSchema = z.preprocess((value) => (Array.isArray(value) ? value : [value]), z.array(faultSchema))

const driftSchema = z.strictObject({ int64AsText: z.boolean().default(false) })

/** Refuses a control request with a text for the person who wrote it. */
class ControlError extends Error {}

/** Answers the control API: orders of the test or of the person at the keyboard, without limits and faults. */
export function control(world: World, request: ControlRequest): ApiAnswer {
  try {
    return dispatch(world, request)
  } catch (error) {
    if (!(error instanceof ControlError)) throw error
    return { status: 400, body: { error: error.message } }
  }
}

function dispatch(world: World, request: ControlRequest): ApiAnswer {
  const posting = /^\/_sim\/postings\/([^/]+)\/(cancel|ship)$/.exec(request.path)
  if (posting !== null && request.verb === 'POST') {
    return ok(movePosting(world, decodeURIComponent(posting[1] as string), posting[2] as 'cancel' | 'ship'))
  }
  switch (`${request.verb} ${request.path.slice(CONTROL_PREFIX.length)}`) {
    case 'GET ledger':
      return lines(world.ledger, request.query)
    case 'GET requests':
      return lines(world.requests, request.query)
    case 'GET state':
      return ok(stateShape(world))
    case 'POST products':
      return ok(putProducts(world, parse(productsSchema, request.body)))
    case 'POST postings':
      return ok(orderPosting(world, parse(postingSchema, request.body)))
    case 'POST warehouses': {
      const { clientId, warehouses } = parse(warehousesSchema, request.body)
      accountOf(world, clientId).warehouses = warehouses
      return ok({})
    }
    case 'POST keys':
      return ok(putKey(world, parse(keySchema, request.body)))
    case 'PUT faults':
      world.faults = parse(faultsSchema, request.body).filter(({ rate }) => rate > 0)
      return ok({})
    case 'PUT drift':
      world.drift = parse(driftSchema, request.body)
      return ok({})
    case 'POST reset':
      resetWorld(world)
      return ok({})
    default:
      return { status: 404, body: { error: `${request.verb} ${request.path} is no control request` } }
  }
}

function putProducts(world: World, { clientId, items }: z.infer<typeof productsSchema>): unknown {
  const account = accountOf(world, clientId)
  for (const { offerId, stocks } of items) {
    for (const id of Object.keys(stocks ?? {})) warehouseOf(account, Number(id), `item ${offerId}`)
  }
  for (const item of items) {
    const product = productOf(account, item.offerId)
    if (item.price !== undefined) product.price = item.price
    if (item.oldPrice !== undefined) product.oldPrice = item.oldPrice
    if (item.card !== undefined) product.card = item.card
    if (item.name !== undefined) product.name = item.name
    if (item.barcodes !== undefined) product.barcodes = item.barcodes
    for (const [id, free] of Object.entries(item.stocks ?? {})) stockOf(product, Number(id)).free = free
  }
  return { products: account.products.length }
}

function orderPosting(world: World, order: z.infer<typeof postingSchema>): unknown {
  const account = accountOf(world, order.clientId)
  const warehouse = warehouseOf(account, order.warehouseId, 'posting')
  const lines = order.lines.map(({ offerId, quantity, price }) => {
    const product = account.byOfferId.get(offerId)
    if (product === undefined) {
      throw new ControlError(
        `posting: account ${account.clientId} has no product "${offerId}"; POST it to ${CONTROL_PREFIX}products first`,
      )
    }
    return { product, quantity, price }
  })
  return { postingNumber: createPosting(world, account, warehouse, lines).postingNumber }
}

function movePosting(world: World, number: string, step: 'cancel' | 'ship'): unknown {
  const posting = world.postings.get(number)
  if (posting === undefined) throw new ControlError(`there is no posting ${number}`)
  const moved = step === 'cancel' ? cancelPosting(world, posting) : shipPosting(world, posting)
  if (!moved) throw new ControlError(`posting ${number} is ${posting.status}, it cannot ${step}`)
  return { postingNumber: number, status: posting.status }
}

function putKey(
  world: World,
  { clientId, expiresAt, apiKey, deactivated, methods }: z.infer<typeof keySchema>,
): unknown {
  const account = accountOf(world, clientId)
  account.key = {
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(deactivated === undefined ? {} : { deactivated }),
    ...(methods === undefined ? {} : { methods }),
  }
  if (expiresAt !== undefined) account.keyExpiresAt = Date.parse(expiresAt)
  return {}
}

function warehouseOf(account: Account, warehouseId: number, what: string): Account['warehouses'][number] {
  const found = account.warehouses.find((warehouse) => warehouse.warehouseId === warehouseId)
  if (found !== undefined) return found
  const known = account.warehouses.map(({ warehouseId: id, name }) => `${id} ${name}`).join(', ')
  throw new ControlError(`${what}: account ${account.clientId} has no warehouse ${warehouseId}; it has ${known}`)
}

function stateShape(world: World): unknown {
  const now = world.clock.now()
  return Object.fromEntries(
    [...world.accounts.values()].map((account) => [
      account.clientId,
      {
        warehouses: account.warehouses,
        products: Object.fromEntries(
          account.products.map((product) => [
            product.offerId,
            {
              productId: product.productId,
              sku: product.sku,
              card: product.card,
              ...optional('price', product.price),
              ...optional('old_price', product.oldPrice),
              ...optional('min_price', minPriceOf(product, now)),
              ...optional('net_price', product.netPrice),
              stocks: Object.fromEntries(
                [...product.stocks].map(([id, { free, reserved }]) => [
                  id,
                  { present: free + reserved, reserved, free },
                ]),
              ),
            },
          ]),
        ),
        postings: account.postings.map(postingState),
      },
    ]),
  )
}

function postingState({ postingNumber, status, substatus, warehouse, lines }: Posting): unknown {
  return {
    postingNumber,
    status,
    substatus,
    warehouseId: warehouse.warehouseId,
    lines: lines.map(({ product, quantity, price }) => ({ offerId: product.offerId, quantity, price })),
  }
}

function optional(key: string, value: Decimal | undefined): Readonly<Record<string, Decimal>> {
  return value === undefined ? {} : { [key]: value }
}

function parse<T>(schema: z.ZodType<T>, body: string): T {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new ControlError('the body is no JSON')
  }
  const result = schema.safeParse(value)
  if (!result.success) throw new ControlError(z.prettifyError(result.error))
  return result.data
}

/** NDJSON of the entries after `?after=<seq>`. */
function lines(entries: readonly { readonly seq: number }[], query: URLSearchParams): ApiAnswer {
  const after = Number(query.get('after') ?? 0)
  if (!Number.isInteger(after)) throw new ControlError('after must be a whole number')
  // `seq` counts from 1 without gaps, so it is also a position.
  const body = entries
    .slice(Math.max(0, after))
    .map((entry) => `${JSON.stringify(entry)}\n`)
    .join('')
  return { status: 200, body, headers: { 'Content-Type': 'application/x-ndjson; charset=utf-8' } }
}

function ok(body: unknown): ApiAnswer {
  return { status: 200, body }
}

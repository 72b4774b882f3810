import { authenticate, authorize, type Credentials } from './auth.ts'
import type { ApiMethod, Call } from './call.ts'
import { deadMethods } from './dead-methods.ts'
import {
  ApiError,
  invalidArgument,
  methodNotAllowed,
  obsoleteMethod,
  tooManyRequests,
  type ApiAnswer,
} from './errors.ts'
import { delayOf, drawFault, drawItemError, refuseByFault, type Fault } from './faults.ts'
import { roles, warehouseList } from './methods/account.ts'
import { postingList, unfulfilledList } from './methods/postings.ts'
import { importPrices } from './methods/prices.ts'
import { productCards } from './methods/cards.ts'
import { productList, productPrices, productStocks, stocksByWarehouse } from './methods/products.ts'
import { setStocks } from './methods/stocks.ts'
import { isoTime, type World } from './state.ts'

/** Finds fault with a request body by the documented schema; an empty list when it is sound. */
export type ValidateRequest = (path: string, body: unknown) => readonly string[]

/** A request as it came over the wire. */
export interface ApiRequest {
  readonly verb: string
  readonly path: string
  readonly credentials: Credentials
  readonly body: string
}

/** What goes back: after `delay` clock milliseconds the answer, or a cut connection when there is none. */
export interface ApiReply {
  readonly answer: ApiAnswer | undefined
  readonly delay: number
}

/** The API over one world. A request takes effect at once and whole, whatever becomes of its answer. */
export function createApi(world: World, validateRequest?: ValidateRequest): (request: ApiRequest) => ApiReply {
  const methods = liveMethods()
  const dead = deadMethods()

  function run(request: ApiRequest, body: Body, fault: Fault | undefined): ApiAnswer {
    const account = authenticate(world, request.credentials)
    const now = world.clock.now()
    if (fault !== undefined) refuseByFault(fault, world.random)
    if (account.allRequests.take(now) > 0) throw tooManyRequests('You have reached request rate limit per second', 1)
    const diedAt = dead.get(request.path)
    if (diedAt !== undefined && diedAt <= now) throw obsoleteMethod()
    const method = request.verb === 'POST' ? methods.get(request.path) : undefined
    if (method === undefined) throw methodNotAllowed()
    authorize(account, request.path)
    if (!body.sound) throw invalidArgument('proto: syntax error: unexpected token')
    const call: Call = {
      world,
      account,
      now,
      body: body.value,
      itemError: () => drawItemError(world.faults, request.path, world.random),
      record: (write) => {
        const { aspect, offerId, warehouseId, value } = write
        world.ledger.push({
          seq: world.ledger.length + 1,
          time: isoTime(now),
          clientId: account.clientId,
          aspect,
          offerId,
          ...(warehouseId === undefined ? {} : { warehouseId }),
          value,
        })
      },
    }
    return { status: 200, body: method(call) }
  }

  return (request) => {
    const at = world.clock.now()
    const body = readJson(request.body)
    const fault = drawFault(world.faults, request.path, world.random)
    const answer = fault?.kind === 'down' ? undefined : answerOf(() => run(request, body, fault))
    world.requests.push({
      seq: world.requests.length + 1,
      time: isoTime(at),
      clientId: request.credentials.clientId ?? '',
      method: request.path,
      items: itemsOf(body),
      status: answer?.status ?? 0,
      ...(fault === undefined ? {} : { fault: fault.kind }),
      ...(validateRequest === undefined ? {} : { schemaErrors: schemaErrors(validateRequest, request.path, body) }),
    })
    return { answer: fault?.kind === 'lostReply' ? undefined : answer, delay: delayOf(fault) }
  }
}

function liveMethods(): ReadonlyMap<string, ApiMethod> {
  const methods = new Map<string, ApiMethod>([
    ['/v2/warehouse/list', warehouseList],
    ['/v1/product/import/prices', importPrices],
    ['/v2/products/stocks', setStocks],
    ['/v3/product/list', productList],
    ['/v3/product/info/list', productCards],
    ['/v5/product/info/prices', productPrices],
    ['/v4/product/info/stocks', productStocks],
    ['/v2/product/info/stocks-by-warehouse/fbs', stocksByWarehouse],
    ['/v4/posting/fbs/unfulfilled/list', unfulfilledList],
    ['/v4/posting/fbs/list', postingList],
  ])
  methods.set('/v1/roles', (call) => roles(call, [...methods.keys()]))
  return methods
}

interface Body {
  readonly sound: boolean
  readonly value: unknown
}

function readJson(text: string): Body {
  if (text.trim() === '') return { sound: true, value: {} }
  try {
    return { sound: true, value: JSON.parse(text) as unknown }
  } catch {
    return { sound: false, value: undefined }
  }
}

function schemaErrors(validate: ValidateRequest, path: string, body: Body): readonly string[] {
  return body.sound ? validate(path, body.value) : ['the body is no JSON']
}

function itemsOf({ value }: Body): number {
  const { prices, stocks } = (value ?? {}) as { readonly prices?: unknown; readonly stocks?: unknown }
  const items = prices ?? stocks
  return Array.isArray(items) ? items.length : 0
}

function answerOf(run: () => ApiAnswer): ApiAnswer {
  try {
    return run()
  } catch (error) {
    if (error instanceof ApiError) return error.answer
    throw error
  }
}

import type { PipelineConfig } from '../../config/model.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Reason } from '../../core/item.ts'
import type { Order, OrderLine, Posting } from '../../core/order.ts'
import type { Account } from '../../pipeline/account.ts'
import type { OrderChange, PostingInFlow } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import { perBatch, type Stage } from '../../pipeline/stage.ts'
import { ORDERS_KEPT } from '../../state/order-book.ts'

/**
 * Compares postings with the stored orders. A status change is a difference of states, never an awaited step. A
 * posting that was over before we began to read is none of ours, unless it has a number: then 1C knows it.
 */
export function diffPostings(pipeline: PipelineConfig, services: Services): Stage {
  if (pipeline.from.kind !== 'postings' || pipeline.to.exchange === undefined) {
    throw new ObmenError('config', 'stage.diff_target', `building ${pipeline.name}: postings go to an exchange`)
  }
  const account = services.account(pipeline.from.account)
  const exchange = services.exchange(pipeline.to.exchange)
  return perBatch<PostingInFlow, OrderChange>((batch, ctx) =>
    batch.flatMap(({ posting, oursFrom }): OrderChange[] => {
      const before = exchange.orders.get(posting.account, posting.number)
      const numbered = exchange.numbers.numberOf(posting.account, posting.number)
      if (before === undefined && !isOurs(posting, numbered !== undefined, oursFrom, ctx.clock.now())) return []
      const order = orderOf(posting, account, exchange.config.name, before, numbered, ctx.clock.now())
      return before !== undefined && !differs(before, order) ? [] : [{ order, before }]
    }),
  )
}

/**
 * Whether a posting that is not kept as an order becomes one. One that was handed over while we were down does: it must
 * reach 1C. One that was cancelled meanwhile does too: it moved the stock twice, perhaps around a write of ours.
 */
function isOurs(posting: Posting, numbered: boolean, oursFrom: number, now: number): boolean {
  if (posting.phase === 'open') return true
  if (posting.placedAt < now - ORDERS_KEPT) return false
  return numbered || posting.placedAt >= oursFrom
}

function orderOf(
  posting: Posting,
  account: Account,
  exchange: string,
  before: Order | undefined,
  number: string | undefined,
  now: number,
): Order {
  const lines = posting.lines.map((line): OrderLine => {
    const itemId = account.parts.identity.itemOf(line.offerId)
    return itemId === undefined ? line : { ...line, itemId }
  })
  const warehouse = account.orderWarehouse(posting)
  const problem = problemOf(posting, lines, account, warehouse)
  const current = {
    posting,
    exchange,
    lines,
    ...(number === undefined ? {} : { number }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(problem === undefined ? {} : { problem }),
  }
  if (before === undefined) {
    // A number without an order: the store was lost. 1C may know the order, so a cancellation must not fall silent.
    return { ...current, changedAt: now, runs: [], reserved: [], everPresented: number !== undefined }
  }
  const { firstWrittenAt, leftAt, firstRun, doneAt, maybeRead, reserved, everPresented, fault } = before
  const kept = {
    reserved,
    everPresented,
    ...(fault === undefined ? {} : { fault }),
    ...(firstWrittenAt === undefined ? {} : { firstWrittenAt }),
    ...(leftAt === undefined ? {} : { leftAt }),
    ...(firstRun === undefined ? {} : { firstRun }),
    ...(doneAt === undefined ? {} : { doneAt }),
    ...(maybeRead === undefined ? {} : { maybeRead }),
  }
  if (!sameFor1c(before, current)) return { ...kept, ...current, changedAt: now, runs: [] }
  const { writtenAt, presentedAt, changedAt, runs } = before
  return {
    ...kept,
    ...current,
    changedAt,
    runs,
    ...(writtenAt === undefined ? {} : { writtenAt }),
    ...(presentedAt === undefined ? {} : { presentedAt }),
  }
}

/** What keeps the order out of the file until a person has mended it. */
function problemOf(
  posting: Posting,
  lines: readonly OrderLine[],
  account: Account,
  warehouse: string | undefined,
): Reason | undefined {
  const unknown = lines.find((line) => line.itemId === undefined)
  if (unknown !== undefined) {
    return {
      code: 'order.unknown_offer',
      message: `posting ${posting.number} has article "${unknown.offerId}", which belongs to no offer of 1C`,
      params: { offerId: unknown.offerId, posting: posting.number },
    }
  }
  if (warehouse === undefined) {
    return {
      code: 'order.unknown_warehouse',
      message: `posting ${posting.number} ships from "${posting.warehouseName}", for which account ${account.name} names no warehouse of 1C`,
      params: { warehouse: posting.warehouseName, posting: posting.number },
    }
  }
  return undefined
}

type Comparable = Pick<Order, 'posting' | 'lines'> & { readonly warehouse?: string }

function differs(before: Order, after: Order): boolean {
  return !sameFor1c(before, after) || before.problem?.code !== after.problem?.code
}

function sameFor1c(before: Order, after: Comparable): boolean {
  return JSON.stringify(comparable(before)) === JSON.stringify(comparable(after))
}

function comparable({ posting, lines, warehouse }: Comparable): unknown {
  const { status, phase, shipBy, warehouseId } = posting
  return [
    status,
    phase,
    shipBy ?? null,
    warehouseId,
    warehouse ?? null,
    lines.map((l) => [l.itemId, l.offerId, l.quantity, l.price]),
  ]
}

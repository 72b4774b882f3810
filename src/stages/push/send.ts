import type { Rate } from '../../config/fields.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Reason } from '../../core/item.ts'
import { unsureAfter, type AttemptState, type LedgerEntry } from '../../core/ledger.ts'
import type { Outcome, WriteItem } from '../../core/marketplace.ts'
import type { Account } from '../../pipeline/account.ts'
import type { AspectRuntime } from '../../pipeline/aspect.ts'
import type { ValueChange } from '../../pipeline/flows.ts'
import type { Services } from '../../pipeline/services.ts'
import type { RunContext } from '../../pipeline/stage.ts'
import type { WriteRecord } from '../../pipeline/write-record.ts'
import { recordHeld } from './plan.ts'
import type { Sent } from './sent.ts'

/** What a send works with. */
export interface SendParts {
  readonly account: Account
  readonly aspect: AspectRuntime
  readonly services: Services
  readonly rate: Rate | undefined
}

/** The first retry of a failed write comes after 5 s, the interval doubles up to 5 min (design §7). */
const RETRY_FIRST = 5_000
const RETRY_LONGEST = 300_000
/**
 * What the marketplace refused is sent once; its cause may go away there (a card is created, an item leaves the archive),
 * so it is tried once a day.
 */
const REJECTED_RETRY = 86_400_000
/** How long an item without a usable article waits before it is tried again. */
const IDENTITY_RETRY = 600_000

/**
 * Sends one batch. `sending` is on disk before the request leaves; after an unknown answer the value is stated again,
 * whatever the ledger says was accepted.
 * @throws ObmenError transient or fatal of the writer, after what is known has been written down
 */
export async function sendChanges(
  changes: readonly ValueChange[],
  parts: SendParts,
  ctx: RunContext,
): Promise<readonly Sent[]> {
  const { aspect, account } = parts
  const taken = changes.filter((change) => ctx.keys === undefined || ctx.keys.has(change.key))
  const held = taken.filter((change) => change.held !== undefined)
  await recordHeld(held, aspect, ctx)
  const { now: due, later } = byTime(taken, parts, ctx.clock.now())
  aspect.plan.put(later)

  const offerIds = await account.giveOfferIds(due.map((change) => change.itemId))
  const read = await aspect.readBack?.of(
    due.map((change) => change.itemId),
    account.readBackRun(ctx.signal),
  )
  const report: Sent[] = held.map((change) => sentOf(change, 'held', change.held))
  // What was computed did not know what the marketplace holds: the whole batch is computed again, it stays one request.
  if (read !== undefined && read.size > 0) return [...report, ...due.map((change) => sentOf(change, 'read', undefined))]
  const nameless = due.filter((change) => typeof offerIds.get(change.itemId) !== 'string')
  await putOff(nameless, offerIds, aspect, ctx.clock.now())

  const items = due.flatMap((change): WriteItem<unknown>[] => {
    const offerId = offerIds.get(change.itemId)
    return typeof offerId === 'string' ? [writeItem(change, offerId)] : []
  })
  report.push(...nameless.map((change) => sentOf(change, 'waiting', reasonOf(offerIds.get(change.itemId)))))
  if (items.length === 0) return report

  const sending = due.filter((change) => typeof offerIds.get(change.itemId) === 'string')
  const marked = await mark(sending, aspect, ctx.clock.now())
  const keys = items.map((item) => item.key)
  const window = parts.rate?.per ?? 0
  let outcomes: readonly Outcome[]
  try {
    outcomes = await aspect.writer.write(items, ctx.signal)
  } catch (error) {
    // What failed is no change: it must not use up the rate, or an outage would put off what waits for its end.
    if (mayHaveArrived(error)) aspect.noteSent(keys, ctx.clock.now(), 'failed', window)
    // An abort leaves the entries at `sending`: after a restart the values are stated again.
    if (!ctx.signal.aborted) await recordFailure(marked, sending, error, parts, ctx)
    throw error
  }
  // Only now: the request may have waited for the limits of the account.
  aspect.noteSent(keys, ctx.clock.now(), 'answered', window)
  const names = new Map(items.map((item) => [item.key, item.offerId]))
  await recordOutcomes(marked, sending, outcomes, names, parts, ctx)
  const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]))
  for (const change of sending) {
    const outcome = byKey.get(change.key)
    report.push(
      sentOf(
        change,
        outcome?.state ?? 'unknown',
        outcome !== undefined && 'reason' in outcome ? outcome.reason : undefined,
      ),
    )
  }
  return report
}

function sentOf(change: ValueChange, state: Sent['state'], reason: Reason | undefined): Sent {
  return { key: change.key, label: change.label, state, ...(reason === undefined ? {} : { reason }) }
}

function reasonOf(value: string | Reason | undefined): Reason {
  if (typeof value === 'object') return value
  return { code: 'item.product_unknown', message: '1C has not described this product yet' }
}

function writeItem(change: ValueChange, offerId: string): WriteItem<unknown> {
  const { key, itemId, warehouseId, value } = change
  return { key, itemId, offerId, value, ...(warehouseId === undefined ? {} : { warehouseId }) }
}

/** Parts what may go now from what must wait: for its due time, for the interval per item, for the rate per item. */
function byTime(taken: readonly ValueChange[], { aspect, rate }: SendParts, now: number) {
  const ready: ValueChange[] = []
  const later = []
  for (const change of taken) {
    if (change.held !== undefined) continue
    const limit = rate === undefined ? undefined : { atMost: rate.count, per: rate.per }
    const notBefore = Math.max(change.due ?? 0, aspect.notBefore(change.key, now, limit))
    if (notBefore > now) later.push({ key: change.key, itemId: change.itemId, lane: change.lane, due: notBefore })
    else ready.push(change)
  }
  return { now: ready, later }
}

async function putOff(
  nameless: readonly ValueChange[],
  offerIds: ReadonlyMap<string, string | Reason>,
  aspect: AspectRuntime,
  now: number,
): Promise<void> {
  const due = now + IDENTITY_RETRY
  await aspect.ledger.put(
    nameless.map((change) =>
      entryWith(change, attempt(change, 'waiting', now, { due, reason: reasonOf(offerIds.get(change.itemId)) })),
    ),
  )
  aspect.plan.put(nameless.map((change) => ({ key: change.key, itemId: change.itemId, lane: change.lane, due })))
}

async function mark(changes: readonly ValueChange[], aspect: AspectRuntime, now: number): Promise<LedgerEntry[]> {
  const marked = changes.map((change) => entryWith(change, attempt(change, 'sending', now, {})))
  await aspect.ledger.put(marked)
  return marked
}

function attempt(
  change: ValueChange,
  state: AttemptState,
  at: number,
  extra: { readonly due?: number; readonly reason?: Reason; readonly receipt?: string; readonly tries?: number },
): NonNullable<LedgerEntry['attempt']> {
  const before = change.entry?.attempt
  return {
    n: (before?.n ?? 0) + 1,
    fingerprint: change.fingerprint,
    state,
    tries: before?.tries ?? 0,
    at,
    ...unsureAfter(before),
    ...extra,
  }
}

function entryWith(change: ValueChange, next: NonNullable<LedgerEntry['attempt']>): LedgerEntry {
  const accepted = change.entry?.accepted
  return {
    itemId: change.itemId,
    ...(change.warehouseId === undefined ? {} : { warehouseId: change.warehouseId }),
    ...(accepted === undefined ? {} : { accepted }),
    attempt: next,
  }
}

function mayHaveArrived(error: unknown): boolean {
  return error instanceof ObmenError && error.details?.['sent'] !== 'no'
}

/** The request failed as a whole: nothing is known, unless it surely never arrived. */
async function recordFailure(
  marked: readonly LedgerEntry[],
  changes: readonly ValueChange[],
  error: unknown,
  { aspect }: SendParts,
  ctx: RunContext,
): Promise<void> {
  if (!(error instanceof ObmenError)) return
  const now = ctx.clock.now()
  const arrived = error.details?.['sent'] !== 'no'
  const reason: Reason = { code: error.code, message: error.message }
  const planned = changes.map((change, i) => {
    const before = marked[i]?.attempt
    const tries = (before?.tries ?? 0) + 1
    const due = now + (error.retryAfterMs ?? retryAfter(tries))
    const entry = entryWith(change, {
      n: before?.n ?? 1,
      fingerprint: change.fingerprint,
      state: arrived ? 'unknown' : 'waiting',
      reason,
      tries,
      due,
      at: now,
      ...unsureAfter(change.entry?.attempt),
    })
    return { entry, key: { key: change.key, itemId: change.itemId, lane: change.lane, due } }
  })
  await aspect.ledger.put(planned.map((each) => each.entry))
  aspect.plan.put(planned.map((each) => each.key))
}

/** Clock milliseconds until the next try after so many failures in a row. */
export function retryAfter(tries: number): number {
  return Math.min(RETRY_LONGEST, RETRY_FIRST * 2 ** Math.min(tries - 1, 10))
}

async function recordOutcomes(
  marked: readonly LedgerEntry[],
  changes: readonly ValueChange[],
  outcomes: readonly Outcome[],
  offerIds: ReadonlyMap<string, string>,
  { account, aspect, services }: SendParts,
  ctx: RunContext,
): Promise<void> {
  const now = ctx.clock.now()
  const byKey = new Map(outcomes.map((outcome) => [outcome.key, outcome]))
  const entries: LedgerEntry[] = []
  const history: WriteRecord[] = []
  const again = []
  for (const [i, change] of changes.entries()) {
    const outcome: Outcome = byKey.get(change.key) ?? {
      key: change.key,
      state: 'unknown',
      reason: { code: 'push.no_answer', message: 'the answer did not name this item' },
    }
    const before = marked[i]?.attempt
    const base = {
      n: before?.n ?? 1,
      fingerprint: change.fingerprint,
      at: now,
      ...unsureAfter(change.entry?.attempt),
    }
    const { lane, itemId, key } = change
    switch (outcome.state) {
      case 'accepted': {
        entries.push(acceptedEntry(change, outcome.until, now))
        if (change.zeroing) aspect.noteZeroed(key, now)
        break
      }
      case 'rejected':
        entries.push(
          entryWith(change, {
            ...base,
            state: 'rejected',
            reason: outcome.reason,
            tries: 0,
            due: now + REJECTED_RETRY,
          }),
        )
        break
      case 'pending':
        entries.push(entryWith(change, { ...base, state: 'pending', receipt: outcome.receipt, tries: 0 }))
        break
      case 'waiting': {
        const due = now + outcome.retryAfterMs
        entries.push(entryWith(change, { ...base, state: 'waiting', reason: outcome.reason, tries: 0, due }))
        again.push({ key, itemId, lane, due })
        break
      }
      case 'unknown': {
        const tries = (before?.tries ?? 0) + 1
        const due = now + retryAfter(tries)
        entries.push(entryWith(change, { ...base, state: 'unknown', reason: outcome.reason, tries, due }))
        again.push({ key, itemId, lane, due })
        break
      }
    }
    history.push(historyEntry(change, outcome, offerIds.get(key) ?? '', account.name, aspect, now))
  }
  // The history first: a line too many after a crash is a restatement, a line too few would be a change nobody sees.
  await services.history.append(history)
  await aspect.ledger.put(entries)
  aspect.plan.put(again)
}

function acceptedEntry(change: ValueChange, until: number | undefined, now: number): LedgerEntry {
  const before = change.entry?.accepted
  const same = before !== undefined && before.fingerprint === change.fingerprint
  return {
    itemId: change.itemId,
    ...(change.warehouseId === undefined ? {} : { warehouseId: change.warehouseId }),
    accepted: {
      value: change.value,
      fingerprint: change.fingerprint,
      since: same ? before.since : now,
      ...(until === undefined ? {} : { until }),
      ...previous(before, same),
    },
  }
}

function previous(before: LedgerEntry['accepted'], same: boolean): { before?: unknown } {
  if (before === undefined) return {}
  if (!same) return { before: before.value }
  return before.before === undefined ? {} : { before: before.before }
}

function historyEntry(
  change: ValueChange,
  outcome: Outcome,
  offerId: string,
  account: string,
  aspect: AspectRuntime,
  at: number,
): WriteRecord {
  return {
    at,
    event: 'write',
    account,
    aspect: aspect.aspect,
    itemId: change.itemId,
    name: change.label.name,
    article: change.label.article,
    offerId,
    ...(change.warehouseId === undefined ? {} : { warehouseId: change.warehouseId }),
    ...(change.entry?.accepted === undefined ? {} : { before: change.entry.accepted.value }),
    value: change.value,
    state: outcome.state,
    ...('unchanged' in outcome ? { unchanged: true } : {}),
    ...('reason' in outcome ? { reason: outcome.reason } : {}),
  }
}

import { itemOfKey } from '../core/ledger.ts'
import type { PlanDifference, PlannedValue, PlanOutcome, PlanRejection, PlanView } from './plan-data.ts'

/** What an edit changes: the plan under the configuration at work beside the plan under the edited one, by value. */
export function planDifferences(now: PlanView, edited: PlanView): readonly PlanDifference[] {
  const before = outcomesOf(now)
  const after = outcomesOf(edited)
  const differences: PlanDifference[] = []
  for (const key of new Set([...before.rows.keys(), ...after.rows.keys()])) {
    // An item that one side rejects stands beside each of its values on the other.
    if (before.isCovered(key, after) || after.isCovered(key, before)) continue
    const pair = { now: before.of(key), edited: after.of(key) }
    if (sameOutcome(pair.now, pair.edited)) continue
    const { name, article, code1c, offerId, warehouse } = (after.rows.get(key) ?? before.rows.get(key)) as Row
    differences.push({
      key,
      name,
      article,
      code1c,
      offerId,
      ...(warehouse === undefined ? {} : { warehouse }),
      ...pair,
    })
  }
  return differences
}

/** The numbers in the words of a reason may differ: what counts is what becomes of the value. */
function sameOutcome(a: PlanOutcome, b: PlanOutcome): boolean {
  const essence = (outcome: PlanOutcome): string =>
    JSON.stringify('reason' in outcome ? { ...outcome, reason: outcome.reason.code } : outcome)
  return essence(a) === essence(b)
}

type Row = PlannedValue | PlanRejection

interface Outcomes {
  readonly rows: ReadonlyMap<string, Row>
  /** Items that have values here. */
  readonly items: ReadonlySet<string>
  of(key: string): PlanOutcome
  /** True for a rejected item of which the other side speaks value by value. */
  isCovered(key: string, other: Outcomes): boolean
}

const NONE: PlanOutcome = { state: 'none' }

function outcomesOf(plan: PlanView): Outcomes {
  const rows = new Map<string, Row>()
  const outcomes = new Map<string, PlanOutcome>()
  const items = new Set<string>()
  for (const row of plan.send) {
    rows.set(row.key, row)
    outcomes.set(row.key, { state: 'send', value: row.value })
    items.add(row.code1c)
  }
  for (const row of plan.held) {
    rows.set(row.key, row)
    outcomes.set(row.key, { state: 'held', value: row.value, reason: row.reason })
    items.add(row.code1c)
  }
  // What the marketplace refused is the same under every configuration, until it is sent again.
  for (const row of plan.rejected.filter(({ by }) => by !== 'marketplace')) {
    rows.set(row.key, row)
    outcomes.set(row.key, { state: 'rejected', reason: row.reason })
  }
  return {
    rows,
    items,
    of: (key) => outcomes.get(key) ?? outcomes.get(itemOfKey(key)) ?? NONE,
    isCovered: (key, other) => {
      const isItem = outcomes.get(key)?.state === 'rejected' && itemOfKey(key) === key
      return isItem && !other.rows.has(key) && other.items.has(key)
    },
  }
}

import { unsureAfter, type LedgerEntry } from '../../core/ledger.ts'
import type { AspectRuntime } from '../../pipeline/aspect.ts'
import type { ValueChange } from '../../pipeline/flows.ts'
import type { RunContext } from '../../pipeline/stage.ts'
import type { Sent } from './sent.ts'

/** A look: what may go becomes keys of the plan, what is held is written down once. */
export async function planChanges(
  changes: readonly ValueChange[],
  aspect: AspectRuntime,
  ctx: RunContext,
): Promise<readonly Sent[]> {
  const held = changes.filter((change) => change.held !== undefined)
  await recordHeld(held, aspect, ctx)
  for (const change of held) aspect.plan.remove(change.key)
  const free = changes.filter((change) => change.held === undefined)
  aspect.plan.put(
    free.map((change) => ({
      key: change.key,
      itemId: change.itemId,
      lane: change.lane,
      ...(change.due === undefined ? {} : { due: change.due }),
    })),
  )
  return changes.map((change) => ({
    key: change.key,
    label: change.label,
    state: change.held === undefined ? 'planned' : 'held',
    ...(change.held === undefined ? {} : { reason: change.held }),
  }))
}

/** Writes held attempts; an entry that is known to be held for the same value and rule is left as it is. */
export function recordHeld(held: readonly ValueChange[], aspect: AspectRuntime, ctx: RunContext): Promise<void> {
  if (held.length === 0) return Promise.resolve()
  const write = async (): Promise<void> => {
    const entries = await aspect.ledger.getMany(held.map((change) => change.key))
    const now = ctx.clock.now()
    const changed = held.flatMap((change, i): LedgerEntry[] => {
      const attempt = entries[i]?.attempt
      if (change.held === undefined) return []
      const known = attempt?.state === 'held' && attempt.fingerprint === change.fingerprint
      if (known && attempt.reason?.code === change.held.code) return []
      return [
        {
          itemId: change.itemId,
          ...(change.warehouseId === undefined ? {} : { warehouseId: change.warehouseId }),
          ...(entries[i]?.accepted === undefined ? {} : { accepted: entries[i].accepted }),
          attempt: {
            n: (attempt?.n ?? 0) + 1,
            fingerprint: change.fingerprint,
            value: change.value,
            state: 'held',
            reason: change.held,
            tries: 0,
            at: now,
            ...unsureAfter(attempt),
          },
        },
      ]
    })
    await aspect.ledger.put(changed)
  }
  // A send already runs alone.
  return ctx.purpose === 'send' ? write() : aspect.plan.exclusive(write)
}

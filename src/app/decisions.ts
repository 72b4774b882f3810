import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { RemovalDecision } from '../state/removal-decisions.ts'
import type { Conclusion } from '../state/sets.ts'

/** Journals that the command line writes beside a running service. */
export const DECISIONS = {
  approvals: 'approvals.csv',
  held: 'decisions.csv',
  orders: 'orders-done.csv',
  removals: 'removals.csv',
} as const

/** What people decide outside the service. */
export type DecisionKind = keyof typeof DECISIONS

/** Tells what people decided since it was asked last, by the sizes of the journals: they only grow. */
export class DecisionWatch {
  /** Clock milliseconds between two looks. */
  static readonly every = 1_000
  readonly #stateFolder: string
  readonly #sizes = new Map<DecisionKind, number>()

  /** What stands in the journals now counts as seen. */
  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder
    this.changed()
  }

  changed(): ReadonlySet<DecisionKind> {
    const changed = new Set<DecisionKind>()
    for (const kind of Object.keys(DECISIONS) as DecisionKind[]) {
      const size = statSync(join(this.#stateFolder, DECISIONS[kind]), { throwIfNoEntry: false })?.size ?? 0
      if (size !== (this.#sizes.get(kind) ?? 0)) changed.add(kind)
      this.#sizes.set(kind, size)
    }
    return changed
  }
}

/** The latest decision on a conclusion since it was drawn: the same goods missing again months later are another matter. */
export function decisionOn(
  { id, after }: Conclusion,
  exchange: string,
  decisions: readonly RemovalDecision[],
): RemovalDecision | undefined {
  return decisions.slice(after).findLast((each) => each.exchange === exchange && each.id === id)
}

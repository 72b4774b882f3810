import type { Reason } from '../../core/item.ts'
import type { ItemLabel } from '../../pipeline/flows.ts'

/** What became of one value in a look (`planned`, `held`) or a send. */
export interface Sent {
  readonly key: string
  readonly label: ItemLabel
  readonly state: 'planned' | 'held' | 'accepted' | 'rejected' | 'pending' | 'waiting' | 'unknown'
  readonly reason?: Reason
}

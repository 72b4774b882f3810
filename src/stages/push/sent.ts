import type { Reason } from '../../core/item.ts'
import type { ItemLabel } from '../../pipeline/flows.ts'

/** What became of one value in a look (`planned`, `held`) or a send. */
export interface Sent {
  readonly key: string
  readonly label: ItemLabel
  /** `read`: nothing was sent yet, the marketplace's own value was read first and must be compared. */
  readonly state: 'planned' | 'held' | 'read' | 'accepted' | 'rejected' | 'pending' | 'waiting' | 'unknown'
  readonly reason?: Reason
}

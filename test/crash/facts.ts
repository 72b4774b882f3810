import type { OzonControl } from '../e2e/project.ts'
import type { ScriptedUt } from '../scripted-1c/scripted-ut.ts'
import type { Sold } from './shop.ts'
import type { OrderFileWitness, RequestWitness } from './witness.ts'

/** Name of the file that is no exchange file: two documents in one. */
export const BROKEN = 'offers0_9.xml'

/** What is expected in the end, and what happened on the way. */
export interface Story {
  readonly root: string
  readonly requests: RequestWitness
  readonly orderFile: OrderFileWitness
  readonly ut: ScriptedUt
  readonly ozon: OzonControl
  /** `stamp/name` of every file that was dropped. */
  readonly dropped: Set<string>
  /** Values that an item was to have, in order: `prices` by article, `stocks` by article and warehouse. */
  readonly desired: { readonly prices: Map<string, number[]>; readonly stocks: Map<string, number[]> }
  readonly postings: Posting[]
  readonly mails: readonly { readonly subject: string; readonly text: string }[]
}

export interface Posting {
  readonly number: string
  readonly lines: readonly { readonly offer: Sold; readonly quantity: number }[]
  readonly warehouse: 'main' | 'podolsk'
  cancelled: boolean
}

/** Warehouses of Ozon by what they stand for. */
export interface OzonWarehouses {
  readonly main: number
  readonly podolsk: number
}

/** The id of a posting's order in 1C's file. */
export function idOf(posting: Posting): string {
  return `ozon-${posting.number}`
}

/** True when the order file names the posting, cancelled or not. */
export function inFile(story: Story, posting: Posting): boolean {
  return story.orderFile.orders.some(({ id }) => id === idOf(posting))
}

/** True when 1C would take the posting's order for one to be shipped. */
export function isOpenInFile(story: Story, posting: Posting): boolean {
  return story.orderFile.orders.some(({ id, cancelled }) => id === idOf(posting) && !cancelled)
}

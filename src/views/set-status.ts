/** What an inbox shows of its export runs. Stamps are epoch milliseconds of 1C. */
export interface InboxStatus {
  readonly inbox: string
  /** The last complete full set of every catalogue; empty while none came. */
  readonly full: readonly {
    readonly catalogue: string
    readonly stamp: number
    readonly products: number
    readonly offers: number
  }[]
  /** Sets that are open, and the latest closed one when it is neither full nor a delta. */
  readonly sets: readonly {
    readonly folder: string
    readonly stamp: number
    readonly files: number
    readonly state: 'open' | 'incomplete'
    /** Why it is not full, or does not look so yet; in English. */
    readonly why: readonly string[]
  }[]
  /** Conclusions that wait for a person. */
  readonly held: number
}

/** Lines of `obmen status` about the inboxes of an exchange; `when` words a time. */
export function inboxLines(inboxes: readonly InboxStatus[], when: (ms: number | undefined) => string): string[] {
  return inboxes.flatMap(({ inbox, full, sets, held }) => [
    `  inbox ${inbox}: ${full.length === 0 ? 'no complete full set yet' : 'last complete full set'}`,
    ...full.map(({ catalogue, stamp, products, offers }) => {
      return `    catalogue ${catalogue || '(unnamed)'}: ${products} products, ${offers} offers from ${when(stamp)}`
    }),
    ...sets.map(({ folder, stamp, files, state, why }) => {
      const reason = why.length === 0 ? '' : `: ${why.join('; ')}`
      return `    set of ${when(stamp)}${folder === '' ? '' : ` in ${folder}`}: ${state}, ${files} files${reason}`
    }),
    ...(held > 0 ? ['    HELD: goods are missing in a full set; see "obmen held ls"'] : []),
  ])
}

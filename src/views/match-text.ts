import { MATCH_RULES } from '../pipeline/match-leads.ts'
import type { Matching } from '../pipeline/matching.ts'
import type { Rename } from '../pipeline/renames.ts'
import { columns } from './columns.ts'

/** What a terminal shows of a matching. */
export interface MatchView {
  readonly account: string
  readonly marketplace: string
  readonly cards: number
  readonly archived: number
  readonly items: number
  readonly matching: Matching
  readonly renames: readonly Rename[]
  /** Pairs that a person decided in a table; absent = there is none. */
  readonly decided?: number
}

/** A matching as lines of text. */
export function matchText(view: MatchView): string {
  const { account, marketplace, cards, archived, items, matching, renames, decided } = view
  const { sure, openOffers, openItems, gone, known } = matching
  const ofKind = (...kinds: readonly string[]): number => openOffers.filter(({ kind }) => kinds.includes(kind)).length
  const byRule = MATCH_RULES.map((rule) => [rule, sure.filter((pair) => pair.rule === rule).length] as const)
  const odd = sure.filter(({ likeness }) => likeness === 0).length
  const rows = [
    ['paired already', String(known), ''],
    ['sure', String(sure.length), list(byRule)],
    ...(decided === undefined ? [] : [['decided in the table', String(decided), '']]),
    [
      'to be decided',
      String(ofKind('conflict', 'ambiguous', 'renamed')),
      list([
        ['conflicting', ofKind('conflict')],
        ['ambiguous', ofKind('ambiguous')],
        ['renamed there', ofKind('renamed')],
      ]),
    ],
    [`only at ${marketplace}`, String(ofKind('unknown')), ''],
    ['not marked in 1C', String(ofKind('unselected')), ''],
    ['only in 1C', String(openItems.length), list([['article taken', openItems.filter((each) => each.taken).length]])],
    ['card gone', String(gone.length), ''],
    ['renames proposed', String(renames.length), renames.length === 0 ? '' : 'nothing is renamed by itself'],
  ]
  const shelf = archived === 0 ? '' : ` (${archived} in the archive)`
  const head = `${account}: ${cards} cards at ${marketplace}${shelf}, ${items} items of 1C marked for it\n`
  const warning =
    odd === 0 ? '' : `  ${odd} of the sure pairs have names without a common word: look at the sheet «Пары» first\n`
  return `${head}${columns(rows.filter(([, count], i) => i < 2 || count !== '0'))}${warning}`
}

function list(counts: readonly (readonly [string, number])[]): string {
  return counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

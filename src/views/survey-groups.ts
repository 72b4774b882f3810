import type { Group } from '../core/catalogue.ts'
import type { Dictionary } from '../state/dictionary.ts'

/** A group of the tree of 1C. */
export interface SurveyedGroup {
  readonly id: string
  readonly name: string
  /** Products that name this group itself. */
  readonly own: number
  /** Those and the products of every group below; a product of two groups counts in both. */
  readonly products: number
  /** By name. */
  readonly groups: readonly SurveyedGroup[]
}

/** The tree with the products of each group; `own` by id of the group. Groups marked for deletion only while they hold goods. */
export function surveyGroups(dictionary: Dictionary, own: ReadonlyMap<string, number>): SurveyedGroup[] {
  const known = new Map<string, Group>()
  for (const [, { row }] of dictionary.entriesOf('group')) if (row.kind === 'group') known.set(row.value.id, row.value)
  const below = new Map<string, Group[]>()
  const tops: Group[] = []
  for (const group of known.values()) {
    const { parentId } = group
    if (parentId === undefined || !known.has(parentId)) tops.push(group)
    else below.set(parentId, [...(below.get(parentId) ?? []), group])
  }
  const seen = new Set<string>()
  const treeOf = (groups: readonly Group[]): SurveyedGroup[] =>
    groups
      .flatMap((group): SurveyedGroup[] => {
        // A base can state a circle; whoever is met first stands on top.
        if (seen.has(group.id)) return []
        seen.add(group.id)
        const children = treeOf(below.get(group.id) ?? [])
        const mine = own.get(group.id) ?? 0
        const products = children.reduce((sum, child) => sum + child.products, mine)
        if (group.deleted === true && products === 0) return []
        return [{ id: group.id, name: group.name, own: mine, products, groups: children }]
      })
      .sort((a, b) => a.name.localeCompare(b.name, 'ru'))
  const tree = treeOf(tops)
  return [...tree, ...treeOf([...known.values()])]
}

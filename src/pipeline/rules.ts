import { isLeaf } from '../config/expression-leaf.ts'
import type { PipelineConfig } from '../config/model.ts'
import type { Place } from '../core/errors.ts'

/** What computes a field: an expression or a constant, in one line, and where it is written. */
export interface Rule {
  readonly text: string
  readonly place: Place
}

/** The rules of a pipeline by the field they fill: `price` → `roundUp(…)`. */
export function rulesOf(pipeline: PipelineConfig): ReadonlyMap<string, Rule> {
  const rules = new Map<string, Rule>()
  for (const use of pipeline.stages) {
    for (const [field, leaf] of Object.entries((use.options ?? {}) as Readonly<Record<string, unknown>>)) {
      if (!isLeaf(leaf)) continue
      const text = leaf.kind === 'expression' ? leaf.source.text.replaceAll(/\s+/g, ' ').trim() : String(leaf.value)
      const place = leaf.kind === 'expression' ? leaf.source.place : (use.optionPlaces.get(field) ?? use.place)
      rules.set(field, { text, place })
    }
  }
  return rules
}

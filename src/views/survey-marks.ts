import type { PropertyValue, Requisite } from '../core/catalogue.ts'
import { parseFlag } from '../expression/texts.ts'
import { propertyText } from '../pipeline/item-context.ts'
import type { Dictionary } from '../state/dictionary.ts'

/** A property or requisite of which every value met says yes or no. */
export interface SurveyedMark {
  readonly kind: 'property' | 'requisite'
  readonly of: 'product' | 'offer'
  readonly name: string
  /** Products (or offers) on which it says yes. */
  readonly yes: number
  /** On which it says no in so many words; empty ones are not counted. */
  readonly no: number
  /** How a rule asks for it, for example `flag(product.property("Выгружать на Ozon"))`; absent where no rule can. */
  readonly expression?: string
}

interface Count {
  readonly kind: SurveyedMark['kind']
  readonly of: SurveyedMark['of']
  readonly name: string
  yes: number
  no: number
  /** A value was met that is neither. */
  other: boolean
  /** Values so far are digits: `1` alone may be a quantity as well. */
  digits: boolean
}

/** Finds the marks that managers set in 1C among everything that goods carry. */
export class MarkCounts {
  readonly #dictionary: Dictionary
  readonly #counts = new Map<string, Count>()

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary
  }

  add(
    of: SurveyedMark['of'],
    stated: { readonly properties: readonly PropertyValue[]; readonly requisites: readonly Requisite[] },
  ): void {
    for (const property of stated.properties) {
      const name = this.#dictionary.property(property.propertyId)?.name ?? ''
      if (name !== '') this.#note({ kind: 'property', of, name }, propertyText(property, this.#dictionary))
    }
    for (const { name, values } of stated.requisites) {
      this.#note({ kind: 'requisite', of, name }, values.join(', '))
    }
  }

  #note(id: Pick<Count, 'kind' | 'of' | 'name'>, text: string): void {
    if (text.trim() === '') return
    const key = `${id.kind}\n${id.of}\n${id.name}`
    const count = this.#counts.get(key) ?? { ...id, yes: 0, no: 0, other: false, digits: true }
    this.#counts.set(key, count)
    if (count.other) return
    const flag = parseFlag(text)
    if (flag === undefined) count.other = true
    else if (flag) count.yes++
    else count.no++
    if (!/^\s*\d\s*$/.test(text)) count.digits = false
  }

  result(): SurveyedMark[] {
    for (const name of this.#neverSet()) {
      const id = { kind: 'property', of: 'product', name } as const
      this.#counts.set(`property\nproduct\n${name}`, { ...id, yes: 0, no: 0, other: false, digits: false })
    }
    return [...this.#counts.values()]
      .filter(({ other, digits, yes, no }) => !other && (!digits || (yes > 0 && no > 0)))
      .map(({ kind, of, name, yes, no }) => ({ kind, of, name, yes, no, ...expressionOf(kind, of, name) }))
      .sort((a, b) => b.yes - a.yes || a.name.localeCompare(b.name, 'ru'))
  }

  /** Names of properties whose dictionary offers yes and no and that no product or offer has. */
  #neverSet(): string[] {
    const names: string[] = []
    for (const [, { row }] of this.#dictionary.entriesOf('property')) {
      if (row.kind !== 'property' || row.value.deleted === true) continue
      const { name } = row.value
      const texts = Object.values(row.value.values)
      const offersBoth = [true, false].every((wanted) => texts.some((text) => parseFlag(text) === wanted))
      if (!offersBoth || texts.some((text) => parseFlag(text) === undefined)) continue
      if (!['product', 'offer'].some((of) => this.#counts.has(`property\n${of}\n${name}`))) names.push(name)
    }
    return names
  }
}

function expressionOf(kind: SurveyedMark['kind'], of: SurveyedMark['of'], name: string): { expression?: string } {
  // Requisites of an offer have no function of their own.
  if (kind === 'requisite' && of === 'offer') return {}
  return { expression: `flag(${of}.${kind}(${JSON.stringify(name)}))` }
}

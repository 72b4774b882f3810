import { formatPlace, type Place } from '../core/errors.ts'
import type { Reason } from '../core/item.ts'
import type { PriceValue, StockValue } from '../core/marketplace.ts'
import type { ValueChange } from '../pipeline/flows.ts'
import type { Wanted } from '../config/test-file.ts'

/** One test of a pipeline and where it did not come out as expected. */
export interface TestResult {
  readonly pipeline: string
  readonly name: string
  readonly place: Place
  readonly faults: readonly TestFault[]
}

/** An expectation that was not met, value by value. */
export interface TestFault {
  /** The item, or what else was expected. */
  readonly what: string
  readonly place: Place
  readonly wanted: readonly string[]
  readonly got: readonly string[]
}

/** What became of an item in a test. */
export type Happened =
  | { readonly changes: readonly (ValueChange & { readonly warehouse?: string })[] }
  | { readonly rejected: Reason }
  | { readonly nothing: 'unchanged' | 'unselected' | 'deleted' }

/** An expectation in lines that compare with those of {@link actualOf}. */
export function wantedOf(wanted: Wanted): readonly string[] {
  if (typeof wanted === 'string') return [wanted]
  if ('rejected' in wanted && typeof wanted.rejected === 'string') return [`rejected ${wanted.rejected}`]
  return Object.entries(wanted)
    .map(([key, value]) =>
      typeof value === 'object' ? `${key} ${value.quantity}, held ${value.held}` : `${key} ${String(value)}`,
    )
    .toSorted()
}

/** What happened, in the same words; `because`: more about it, that no test needs to know. */
export function actualOf(happened: Happened): { readonly lines: readonly string[]; readonly because?: string } {
  if ('nothing' in happened) return { lines: [happened.nothing] }
  if ('rejected' in happened) {
    return { lines: [`rejected ${happened.rejected.code}`], because: `(${happened.rejected.message})` }
  }
  const held = happened.changes.find((change) => change.held !== undefined)?.held
  return {
    lines: happened.changes.flatMap(linesOf).toSorted(),
    ...(held === undefined ? {} : { because: `(${held.message})` }),
  }
}

function linesOf({ value, warehouse, held }: ValueChange & { readonly warehouse?: string }): string[] {
  if (warehouse !== undefined) {
    const { quantity } = value as StockValue
    return [`${warehouse} ${quantity}${held === undefined ? '' : `, held ${held.code}`}`]
  }
  const prices = Object.entries(value as PriceValue).map(([field, amount]) => `${field} ${String(amount)}`)
  return held === undefined ? prices : [...prices, `held ${held.code}`]
}

/** A failed test with every expectation that was not met, its place first, as compilers write it. */
export function failureText({ name, faults }: TestResult): string {
  return faults
    .map(({ what, place, wanted, got }) =>
      [
        `${formatPlace(place)} failed «${name}»: ${what}`,
        ...lines(
          'expected',
          wanted.filter((line) => !got.includes(line)),
          wanted,
        ),
        ...lines(
          'got',
          got.filter((line) => !wanted.includes(line)),
          got,
        ),
        '',
      ].join('\n'),
    )
    .join('')
}

function lines(label: string, different: readonly string[], all: readonly string[]): string[] {
  const shown = different.length === 0 ? [`only ${all.join(', ') || 'nothing'}`] : different
  return shown.map((line, i) => `  ${(i === 0 ? label : '').padEnd(8)}  ${line}`)
}

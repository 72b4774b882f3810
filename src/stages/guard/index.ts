import { z } from 'zod'
import { shareField } from '../../config/fields.ts'
import { ObmenError } from '../../core/errors.ts'
import type { Reason } from '../../core/item.ts'
import { magnitude, type AspectRuntime, type HeldDecision } from '../../pipeline/aspect.ts'
import type { ValueChange } from '../../pipeline/flows.ts'
import { stage, type RunContext, type Stage, type StageDefinition } from '../../pipeline/stage.ts'

const optionsSchema = z.strictObject({
  maxChange: shareField(10_000)
    .optional()
    .describe('Значение, ушедшее от принятого площадкой больше чем на эту долю, в любую сторону, придерживается.'),
  maxZeroed: shareField()
    .optional()
    .describe('Если за час обнулилась бы больше чем эта доля остатков, нули придерживаются (считается с 10 штук).'),
  holdShare: shareField()
    .optional()
    .describe('Если придержать пришлось бы больше чем эту долю, придерживается весь просмотр (считается с 10 штук).'),
  maxRemoved: shareField()
    .optional()
    .describe(
      'Для файлов 1С: какая доля товаров полной выгрузки может пропасть в следующей; больше — ждём решения человека. ' +
        'Считается с первого товара: при 10% пропажа одного из девяти уже ждёт решения, маленькому магазину нужна доля побольше.',
    ),
})

type Options = z.output<typeof optionsSchema>

/** Share rules count from this many items on: small shops change everything at once. */
const COUNTED_FROM = 10

/** What may be left out of a full set where the ingest pipeline does not say. */
const MAX_REMOVED = 0.1

/**
 * The share of what a full set stated before that it may leave out without a person; `use`: the guard of the ingest
 * pipeline, if it has one.
 */
export function maxRemovedOf(use: { readonly options: unknown } | undefined): number {
  return (use?.options as Options | undefined)?.maxRemoved ?? MAX_REMOVED
}

/**
 * True when a full set leaves out more of what was stated before than a share allows. Unlike values, which a small shop
 * changes all at once, goods do not come back by themselves: there are no few that may always go.
 */
export function isTooMuchRemoved(count: number, share: number, before: number): boolean {
  return count > share * before
}

/** `guard` keeps mass mistakes from the marketplace: it drains its input, then marks what a person must look at first. */
export const guard: StageDefinition = {
  type: 'guard',
  summary: 'Придерживает изменения, похожие на ошибку, пока не посмотрит человек: `obmen held ls`.',
  role: 'guard',
  options: () => optionsSchema,
  flows: { 'record-change': 'record-change', 'value-change': 'value-change' },
  examples: ['guard: { maxChange: 50%, holdShare: 30% }', 'guard: { maxZeroed: 10% }', 'guard: { maxRemoved: 10% }'],
  create(use, pipeline, services) {
    const options = use.options as Options
    // What a file states is applied as it comes; `maxRemoved` judges what is concluded when the set of files is closed.
    if (pipeline.from.kind === 'exchange') return { run: (input) => input }
    const { account, aspect } = pipeline.to
    if (account === undefined || aspect === undefined) {
      throw new ObmenError(
        'config',
        'stage.guard_target',
        `building ${pipeline.name}: guard needs an account and an aspect`,
      )
    }
    return guardValues(options, services.account(account).aspect(aspect))
  },
}

function guardValues(options: Options, aspect: AspectRuntime): Stage {
  return stage<ValueChange, ValueChange>(async function* (input, ctx) {
    const changes: ValueChange[] = []
    for await (const batch of input) for (const change of batch) changes.push(change)
    if (changes.length === 0) return
    yield judge(changes, options, aspect, ctx)
  })
}

function judge(
  changes: readonly ValueChange[],
  options: Options,
  aspect: AspectRuntime,
  ctx: RunContext,
): readonly ValueChange[] {
  const isReleased = (change: ValueChange): boolean => decisionOn(change, aspect) === 'release'

  const zeroing = changes.filter((change) => change.zeroing && !isReleased(change))
  const zeroed = zeroing.length + (zeroing.length > 0 ? aspect.zeroedSince(ctx.clock.now()) : 0)
  const tooManyZeros = options.maxZeroed !== undefined && beyond(zeroed, options.maxZeroed, aspect.population)
  const judged = changes.map((change) => {
    const decision = decisionOn(change, aspect)
    if (decision === 'release') return withHeld(change, undefined)
    if (decision === 'drop') return withHeld(change, DROPPED)
    if (change.held !== undefined) return change
    if (change.zeroing && tooManyZeros)
      return withHeld(change, manyZeros(zeroed, aspect.population, options.maxZeroed ?? 0))
    const share = change.zeroing ? undefined : shareOfChange(change, aspect)
    if (share !== undefined && options.maxChange !== undefined && share > options.maxChange) {
      return withHeld(change, bigChange(share, options.maxChange))
    }
    return change
  })

  const held = judged.filter((change) => change.held !== undefined && change.held !== DROPPED).length
  if (ctx.purpose === 'look' && options.holdShare !== undefined && beyond(held, options.holdShare, aspect.population)) {
    const reason = wholeLook(held, aspect.population, options.holdShare)
    return judged.map((change) =>
      change.held === undefined && !isReleased(change) ? withHeld(change, reason) : change,
    )
  }
  return judged
}

/** A decision ends when the marketplace accepts a value after it: the same zero next month is another matter. */
function decisionOn(change: ValueChange, aspect: AspectRuntime): HeldDecision['decision'] | undefined {
  const decision = aspect.decisions.get(change.key)
  if (decision?.fingerprint !== change.fingerprint) return undefined
  const since = change.entry?.accepted?.since
  return since !== undefined && since > decision.at ? undefined : decision.decision
}

/** True when so many are more than a share allows; few are always allowed. */
function beyond(count: number, share: number, population: number): boolean {
  return count >= COUNTED_FROM && count > share * population
}

function withHeld(change: ValueChange, held: Reason | undefined): ValueChange {
  const { held: _, ...rest } = change
  return held === undefined ? rest : { ...rest, held }
}

/** How far the value moves from the accepted one, as a share of it; undefined when there is nothing to compare. */
function shareOfChange(change: ValueChange, aspect: AspectRuntime): number | undefined {
  const before = change.entry?.accepted?.value
  if (before === undefined) return undefined
  const from = magnitude(aspect.aspect, before)
  const to = magnitude(aspect.aspect, change.value)
  if (from === undefined || to === undefined || from.lte(0)) return undefined
  return to.minus(from).abs().div(from).toNumber()
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10}%`

const DROPPED: Reason = { code: 'guard.dropped', message: 'a person decided that this value is not to be sent' }

function bigChange(share: number, limit: number): Reason {
  return {
    code: 'guard.max_change',
    message: `the value moves by ${percent(share)}, allowed are ${percent(limit)}`,
    params: { share: percent(share), limit: percent(limit) },
  }
}

function manyZeros(count: number, population: number, limit: number): Reason {
  return {
    code: 'guard.max_zeroed',
    message: `${count} of ${population} stocks would go to 0 within an hour, allowed are ${percent(limit)}`,
    params: { count: String(count), population: String(population), limit: percent(limit) },
  }
}

function wholeLook(count: number, population: number, limit: number): Reason {
  return {
    code: 'guard.hold_share',
    message: `${count} of ${population} values would be held, more than ${percent(limit)}: the whole look is held`,
    params: { count: String(count), population: String(population), limit: percent(limit) },
  }
}

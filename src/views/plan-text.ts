import { LANES } from '../pipeline/flows.ts'
import type { PriceValue, StockValue } from '../core/marketplace.ts'
import { changedPrices, changeText } from './change-text.ts'
import { columns } from './columns.ts'
import { count } from './counts.ts'
import { moment } from './moments.ts'
import type { HeldPlanValue, PlanDifference, PlannedValue, PlanOutcome, PlanRejection, PlanView } from './plan-data.ts'
import { rateText, spanText } from './spans.ts'

/** The plan as text for a terminal; `rows`: how many of each lane, of what is held and of what is rejected. */
export function planText(plan: PlanView, rows: number): string {
  const head = [
    `${plan.pipeline}: ${plan.aspect} of ${plan.account} (${plan.marketplace})`,
    plan.approved
      ? 'the account is approved: a running service sends this'
      : `the account observes: this is what "obmen approve ${plan.account}" would send`,
    plan.data === undefined
      ? '1C has stated nothing yet'
      : `data of 1C from ${moment(plan.data.stamp, plan.timezone)}, ${plan.data.file}; ${count(plan.items, 'item')} looked at`,
  ]
  if (plan.blocked !== undefined) {
    const { message, names } = plan.blocked
    const where = names
      .map(({ place, kind, name, suggestion }) => {
        return `\n  ${place} ${kind} "${name}"${suggestion === undefined ? '' : `; did you mean "${suggestion}"?`}`
      })
      .join('')
    return `${head.join('\n')}\n\nHELD as a whole, nothing would be sent: ${message}${where}\n`
  }
  if (plan.readBackFirst) {
    head.push(`first the service reads what ${plan.marketplace} holds: what is there already is not sent again`)
  }
  const sections = [
    columns(plan.rules.map(({ field, place, text }) => [field, place, text])).trimEnd(),
    `to send: ${costText(plan)}\n${laneSections(plan, rows)}`.trimEnd(),
    `held: ${plan.held.length}\n${section(plan, plan.held, rows, HELD, heldRow)}`.trimEnd(),
    `rejected: ${plan.rejected.length}\n${section(plan, plan.rejected, rows, REJECTED, rejectedRow)}`.trimEnd(),
  ]
  return `${[head.join('\n'), ...sections].join('\n\n')}\n`
}

/** `50,000 stocks: 500 requests, at least 6 min 15 s at Ozon's 80/min`. */
export function costText({ cost, aspect, marketplace }: Pick<PlanView, 'cost' | 'aspect' | 'marketplace'>): string {
  const { values, requests, atLeastMs, rate } = cost
  if (values === 0) return 'nothing'
  const time = rate === undefined ? '' : `, at least ${spanText(atLeastMs)} at ${marketplace}'s ${rateText(rate)}`
  return `${count(values, aspect.slice(0, -1))}: ${count(requests, 'request')}${time}`
}

function laneSections(plan: PlanView, rows: number): string {
  return LANES.map((lane) => {
    const values = plan.send.filter((value) => value.lane === lane)
    if (values.length === 0) return ''
    return `  ${lane}: ${values.length.toLocaleString('en-US')}\n${section(plan, values, rows, SENT, sentRow)}`
  }).join('')
}

/** What an edit changes, as text; `rows`: how many of the differences. */
export function differencesText(differences: readonly PlanDifference[], plan: PlanView, rows: number): string {
  if (differences.length === 0) return 'compared with the configuration at work: no difference\n'
  const row = (each: PlanDifference): string[] => {
    const at = each.warehouse === undefined ? '' : `${each.warehouse}: `
    const { now, edited } = each
    return [
      each.offerId || each.article || each.code1c,
      each.name,
      at + outcomeText(now, edited),
      outcomeText(edited, now),
    ]
  }
  const title = `compared with the configuration at work: ${count(differences.length, 'difference')}\n`
  return title + section(plan, differences, rows, ['ARTICLE', 'NAME', 'NOW', 'WITH THE EDIT'], row)
}

/** `send 110, oldPrice 130`: the price or stock, and what else differs from the `other` outcome. */
function outcomeText(outcome: PlanOutcome, other: PlanOutcome): string {
  if (outcome.state === 'none') return 'nothing'
  if (outcome.state === 'rejected') return `rejected: ${outcome.reason.message}`
  const value = outcome.value as Partial<PriceValue & StockValue>
  const rival = 'value' in other ? (other.value as PriceValue) : undefined
  const beside = value.price === undefined ? [] : changedPrices(rival, value as PriceValue).filter((f) => f !== 'price')
  const all = [`${value.price ?? value.quantity}`, ...beside.map((field) => `${field} ${value[field] ?? 'none'}`)]
  const reason = outcome.state === 'held' ? ` (${outcome.reason.message})` : ''
  return `${outcome.state === 'held' ? 'hold' : 'send'} ${all.join(', ')}${reason}`
}

const SENT = ['ARTICLE', 'NAME', 'CHANGE', 'RULE']
const HELD = ['ARTICLE', 'NAME', 'CHANGE', 'WHY', 'GUARD']
const REJECTED = ['ARTICLE', 'NAME', 'BY', 'WHY', '1C']

function section<T>(
  plan: PlanView,
  all: readonly T[],
  rows: number,
  titles: readonly string[],
  row: (value: T, plan: PlanView) => readonly string[],
): string {
  if (all.length === 0) return ''
  const left = all.length - rows
  const more = left <= 0 ? '' : `    … ${count(left, 'more row')}: --all shows them, --excel <file> writes them down\n`
  return columns([titles, ...all.slice(0, rows).map((value) => row(value, plan))]) + more
}

function sentRow(value: PlannedValue, plan: PlanView): string[] {
  return [articleOf(value), value.name, changeOf(value, plan), ruleOf(value)]
}

function heldRow(value: HeldPlanValue, plan: PlanView): string[] {
  const { code, message } = value.reason
  return [articleOf(value), value.name, changeOf(value, plan), `${code}: ${message}`, value.guard ?? 'a person decided']
}

function rejectedRow(row: PlanRejection): string[] {
  const warehouse = row.warehouse === undefined ? '' : `${row.warehouse}: `
  return [articleOf(row), row.name, row.by, `${warehouse}${row.reason.code}: ${row.reason.message}`, row.place ?? '']
}

function articleOf({ offerId, article, code1c }: PlannedValue | PlanRejection): string {
  return offerId || article || code1c
}

function changeOf({ warehouse, before, value, due }: PlannedValue, plan: PlanView): string {
  const wait = due === undefined || due <= plan.at ? '' : ` (not before ${moment(due, plan.timezone)})`
  const at = warehouse === undefined ? '' : `${warehouse}: `
  return `${at}${changeText(plan.aspect, before, value)}${wait}`
}

const ZEROED = {
  deleted: 'deleted in 1C',
  unselected: 'not selected any more',
  stale: 'the stock statement of 1C is too old',
} as const

/** Places; the file is said once where several follow each other in it. */
function ruleOf({ rules, zeroedBy }: PlannedValue): string {
  const places = rules.map((place, i) => {
    const [file] = place.split(':')
    return rules[i - 1]?.split(':')[0] === file ? place.slice(file?.length) : place
  })
  return `${places.join(', ')}${zeroedBy === undefined ? '' : ` (${ZEROED[zeroedBy]})`}`
}

import type { Reason } from '../core/item.ts'
import { REASON_TEXTS, type ReasonText, type Who } from './reason-texts.ts'

/** What a manager reads about a rejected item. */
export interface ReasonDescription {
  readonly error: string
  readonly why: string
  readonly todo: string
  readonly who: Who
  readonly severity: 'error' | 'warn'
}

const BY_CODE = new Map(Object.entries(REASON_TEXTS).map(([code, text]) => [code.toLowerCase(), text]))

/** Answers of Ozon that it gives as a text, without a code of their own. */
const BY_MESSAGE: readonly (readonly [RegExp, string])[] = [
  [/limit per item|items? limit|limit exceeded/i, 'ozon.price_limit'],
  [/updated too frequently/i, 'ozon.too_many_requests'],
]

/**
 * Puts a reason into Russian words: what is wrong, why, what to do, who. A code that the catalogue lacks is shown as it
 * came, with the marketplace's own text and general advice.
 */
export function describeReason(reason: Reason): ReasonDescription {
  const text = textOf(reason)
  if (text === undefined) return unknownReason(reason)
  return filled(text, reason.params ?? {})
}

/** The same words for many items of one error: nothing that differs from item to item. */
export function describeKind(reason: Reason): ReasonDescription {
  const text = textOf(reason)
  if (text === undefined) return unknownReason(reason)
  const shared = namesIn(text.error)
  const params = Object.entries(reason.params ?? {}).filter(([name]) => shared.has(name))
  return filled(text, Object.fromEntries(params))
}

function textOf(reason: Reason): ReasonText | undefined {
  if (reason.code.startsWith('ozon.')) {
    const known = BY_MESSAGE.find(([pattern]) => pattern.test(reason.message))
    if (known !== undefined) return BY_CODE.get(known[1])
  }
  return BY_CODE.get(reason.code.toLowerCase())
}

function unknownReason(reason: Reason): ReasonDescription {
  const [area = '', ...rest] = reason.code.split('.')
  const ours = ['item', 'identity', 'order', 'guard', 'stale', 'account'].includes(area)
  return {
    error: ours || rest.length === 0 ? `Ошибка ${reason.code}` : `Отказ площадки: ${rest.join('.')}`,
    why: reason.message === '' ? 'Пояснения нет.' : `Ответ дословно: ${reason.message}`,
    todo: ours
      ? 'Передайте код и текст администратору.'
      : 'Откройте товар в кабинете площадки: там указано, что исправить. Если непонятно — передайте код и текст администратору.',
    who: ours ? 'Администратор' : 'Менеджер',
    severity: 'error',
  }
}

function filled(text: ReasonText, params: Readonly<Record<string, string>>): ReasonDescription {
  return {
    error: fill(text.error, params),
    why: fill(text.why, params),
    todo: fill(text.todo, params),
    who: text.who,
    severity: text.severity,
  }
}

/** Puts parameters in place of `{name}`; `[…]` stays only when all of its parameters are known, a bare one becomes «—». */
function fill(template: string, params: Readonly<Record<string, string>>): string {
  return template
    .replaceAll(/\[([^\]]*)\]/g, (_, part: string) => ([...namesIn(part)].every((name) => name in params) ? part : ''))
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '—')
}

function namesIn(template: string): ReadonlySet<string> {
  return new Set([...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string))
}

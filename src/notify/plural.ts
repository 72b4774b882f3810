const RULES = new Intl.PluralRules('ru')

/**
 * A whole number with its Russian noun: `plural(3, ['ошибка', 'ошибки', 'ошибок'])` is «3 ошибки». The forms are those
 * for 1, for 2 and for 5; thousands are grouped by a narrow no-break space.
 */
export function plural(count: number, forms: readonly [one: string, few: string, many: string]): string {
  return `${grouped(count)} ${pluralForm(count, forms)}`
}

/** The form alone: «новая», «новые», «новых». */
export function pluralForm(count: number, forms: readonly [one: string, few: string, many: string]): string {
  const rule = RULES.select(count)
  if (rule === 'one') return forms[0]
  return rule === 'few' ? forms[1] : forms[2]
}

/** A whole number as Russians write it: `12 500`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, '\u202F')
}

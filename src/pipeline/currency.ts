/**
 * Spellings of currencies that 1C bases use, besides the exchange's own table: 1C writes the first three letters of what
 * the currency is called in the base, or its digits.
 */
const SPELLINGS: Readonly<Record<string, readonly string[]>> = {
  RUB: ['руб', 'руб.', 'rub', 'rur', '643', '810', 'рос', '₽'],
  UAH: ['грн', 'грн.', 'uah', '980', '₴'],
  KZT: ['тен', 'тг', 'тг.', 'тнг', 'kzt', '398', '₸'],
  BYN: ['byn', 'byr', '933', '974'],
  USD: ['usd', '840', 'дол', '$'],
  EUR: ['eur', '978', 'евр', '€'],
}

const CURRENCIES: ReadonlyMap<string, string> = new Map(
  Object.entries(SPELLINGS).flatMap(([code, words]) => words.map((word) => [word, code] as const)),
)

/**
 * ISO 4217 code of a currency as 1C writes it; undefined when nobody knows the word. The table of the exchange wins:
 * only its admin knows what a currency is called there. Three Latin capitals are taken for a code.
 */
export function isoCurrency(word: string, table: ReadonlyMap<string, string>): string | undefined {
  const plain = word.trim()
  return (
    table.get(word) ??
    table.get(plain) ??
    CURRENCIES.get(plain.toLowerCase()) ??
    (/^[A-Z]{3}$/.test(plain) ? plain : undefined)
  )
}

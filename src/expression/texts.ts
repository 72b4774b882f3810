import { createHash } from 'node:crypto'

// Latin spelling of Cyrillic letters that stays readable in an article; hard and soft signs vanish. The choice is ours.
const LATIN: ReadonlyMap<string, string> = new Map(
  (
    'а=a б=b в=v г=g д=d е=e ё=e ж=zh з=z и=i й=y к=k л=l м=m н=n о=o п=p р=r с=s т=t у=u ф=f х=h ц=ts ч=ch ш=sh ' +
    'щ=sch ъ= ы=y ь= э=e ю=yu я=ya ґ=g є=ye і=i ї=yi ў=u'
  )
    .split(' ')
    .map((pair) => [pair.charAt(0), pair.slice(2)]),
)

/** The text in Latin letters, digits and single hyphens, `"Тёмно-синий / 42"` → `"Temno-siniy-42"`. Upper case stays. */
export function slug(text: string): string {
  const latin = Array.from(text.normalize('NFC'), (letter) => {
    const lower = letter.toLowerCase()
    const spelt = LATIN.get(lower)
    if (spelt === undefined) return letter
    return letter === lower ? spelt : spelt.charAt(0).toUpperCase() + spelt.slice(1)
  }).join('')
  return latin
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

/** A short stable name of a long id: the first 16 bytes of its SHA-256 in base64url, 22 characters. */
export function shortId(id: string): string {
  return createHash('sha256').update(id, 'utf8').digest().subarray(0, 16).toString('base64url')
}

/** Yes or no as 1C and people write it, `""` is no; undefined when it is neither. */
export function parseFlag(text: string): boolean | undefined {
  const word = text.trim().toLowerCase()
  if (['да', 'истина', 'true', 'yes', '1'].includes(word)) return true
  if (['', 'нет', 'ложь', 'false', 'no', '0'].includes(word)) return false
  return undefined
}

/** The `n`-th part (from 1) between separators, trimmed; `""` beyond the last. An empty separator cuts nothing. */
export function part(text: string, separator: string, n: number): string {
  const parts = separator === '' ? [text] : text.split(separator)
  return (parts[n - 1] ?? '').trim()
}

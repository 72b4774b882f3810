import { didYouMean } from '../core/diagnostic.ts'
import { FIELDS, findFunction, FUNCTIONS, TEXT_METHODS } from './functions.ts'

const PLAIN = FUNCTIONS.filter((spec) => spec.owner === undefined).map((spec) => spec.name)

// What people know from CEL and other languages, and what stands for it here.
const ELSEWHERE: Readonly<Record<string, string>> = {
  matches:
    'matches is not allowed, a regular expression can stop the whole service: use startsWith, endsWith, contains or part',
  dyn: 'dyn is not allowed, it would switch the check of types off: leave it out',
  int: 'there is no int(…): write number(…)',
  uint: 'there is no uint(…): write number(…)',
  double: 'there is no double(…): write number(…)',
  bool: 'there is no bool(…): write flag(…)',
  has: 'there is no has(…): write hasPrice(…), or compare a text with ""',
  size: 'there is no size(…): compare a text with "" to see whether it is set',
  ceil: 'there is no ceil(…): write roundUp(x, 1)',
  if: 'there is no if(…): write condition ? value : other',
}

/** What to say about a bare word that is no variable. */
export function unknownWord(word: string): string {
  if (word === 'product' || word === 'offer')
    return `${word} is no value by itself: write ${word}.article or another field`
  if (findFunction(word) !== undefined) return `${word} is a function: write ${word}(…)`
  const meant = didYouMean(word, ['product', 'offer', 'true', 'false', ...PLAIN])
  const quotes = `text must stand in quotes: "${word}"`
  return meant === undefined ? quotes : `unknown name "${word}", did you mean "${meant}"? A ${quotes}`
}

/** What to say about a call of something that is no function, `behind` a text or on its own. */
export function unknownFunction(name: string, behind = false): string {
  if (Object.hasOwn(ELSEWHERE, name)) return ELSEWHERE[name] as string
  if (behind && findFunction(name) !== undefined) return `${name} stands in front of its text: write ${name}(…)`
  const owner = (['product', 'offer'] as const).find((one) => findFunction(name, one) !== undefined)
  if (owner !== undefined) return `${name} belongs to ${owner}: write ${owner}.${name}(…)`
  if (!behind && TEXT_METHODS.includes(name)) return `${name} stands behind a text: write text.${name}(…)`
  const known = behind ? TEXT_METHODS : PLAIN
  return `unknown function "${name}"${suggestion(didYouMean(name, known), known)}`
}

/** What to say about a field or method that `product` or `offer` does not have. */
export function unknownMember(owner: 'product' | 'offer', name: string, called: boolean): string {
  const fields: readonly string[] = FIELDS[owner]
  const methods = FUNCTIONS.filter((spec) => spec.owner === owner).map((spec) => spec.name)
  if (called && Object.hasOwn(ELSEWHERE, name)) return ELSEWHERE[name] as string
  if (called && fields.includes(name)) return `${owner}.${name} is a field: leave the brackets out`
  if (!called && methods.includes(name)) return `${owner}.${name} needs a name in brackets: ${owner}.${name}(…)`
  const other = owner === 'product' ? 'offer' : 'product'
  if ((FIELDS[other] as readonly string[]).includes(name) || findFunction(name, other) !== undefined) {
    return `${owner} has no "${name}", ${other} has: write ${other}.${name}`
  }
  if (called && findFunction(name) !== undefined) return `${name} is a function by itself: write ${name}(…)`
  const members = [...fields, ...methods]
  return `${owner} has no "${name}"${suggestion(didYouMean(name, members), members)}`
}

function suggestion(meant: string | undefined, all: readonly string[]): string {
  return meant === undefined ? `; there are ${all.join(', ')}` : `, did you mean "${meant}"?`
}

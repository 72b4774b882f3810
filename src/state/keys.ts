import { ObmenError } from '../core/errors.ts'

/** Longest key in bytes of UTF-8; LMDB takes 1,978 with its default page (lmdb 3.5, open.js, DEFAULT_MAX_KEY_SIZE). */
const LONGEST_KEY = 1900

/** Compares keys by their UTF-8 bytes without encoding them. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

/** UTF-16 puts surrogates below U+E000, UTF-8 puts the characters they stand for above U+FFFF. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000
}

/** @throws ObmenError fatal `state.bad_key`: empty, too long, or beginning with NUL (the store's own keys do) */
export function checkKey(namespace: string, key: string): void {
  if (
    key !== '' &&
    key.charCodeAt(0) !== 0 &&
    (key.length * 3 <= LONGEST_KEY || Buffer.byteLength(key) <= LONGEST_KEY)
  ) {
    return
  }
  throw new ObmenError('fatal', 'state.bad_key', `writing to ${namespace}: ${describe(key)}`, {
    remedy: 'Look at the record that has this id in the exchange file.',
  })
}

/** @throws ObmenError fatal `state.bad_namespace` */
export function checkNamespace(name: string): void {
  if (/^[a-z0-9.-]+$/.test(name)) return
  throw new ObmenError('fatal', 'state.bad_namespace', `opening namespace ${name}: only a-z, 0-9, dot and dash`, {
    remedy: 'Rename the exchange or account.',
  })
}

function describe(key: string): string {
  if (key === '') return 'a key is empty'
  return key.charCodeAt(0) === 0
    ? 'a key begins with NUL'
    : `a key is longer than ${LONGEST_KEY} bytes: ${key.slice(0, 40)}…`
}

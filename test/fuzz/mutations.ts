import iconv from 'iconv-lite'
import type { Random } from '../../fixtures/random.ts'
import type { CorpusFile } from './corpus.ts'
import {
  BLANKS,
  bytesOf,
  DATES,
  DECLARED,
  ENCODINGS,
  IDS,
  MARKS,
  MARKUP,
  NAMES,
  NUMBERS,
  REFERENCES,
  TEXTS,
} from './oddities.ts'

/** Changes a file in one way. Bytes are seen as latin1 text where text is meant, so that every byte survives. */
type Mutate = (bytes: Buffer, random: Random, corpus: readonly CorpusFile[]) => Buffer

/** No mutated file is larger. */
const LARGEST = 1024 * 1024

const TAG = /<[^<>]*>/g
const START_TAG = /<[^<>/!?][^<>]*>/g
const TEXT = /(?<=>)[^<>]+(?=<)/g
const NUMBER = /(?<=[>"'])-?\d+(?:[.,]\d+)?(?=[<"'])/g
const DATE = /(?<=[>"'])\d{4}-\d\d-\d\d(?:T[\d:]+)?(?=[<"'])/g
const ID = element('Ид')
const RECORD = new RegExp(
  ['Товар', 'Предложение', 'Группа', 'Свойство', 'ТипЦены', 'Склад', 'Документ', 'Цена']
    .map((name) => `<${bytesOf(name)}[ >][^]*?</${bytesOf(name)}>`)
    .join('|'),
  'g',
)

const kinds = {
  flip: (bytes, random) => {
    const out = Buffer.from(bytes)
    for (let count = 1 + random.below(4); count > 0 && out.length > 0; count--) {
      const at = random.below(out.length)
      out[at] = (out[at] as number) ^ (1 << random.below(8))
    }
    return out
  },
  set: (bytes, random) => {
    const out = Buffer.from(bytes)
    if (out.length > 0) out[random.below(out.length)] = random.pick([0x3c, 0x3e, 0x26, 0x22, 0x0a, 0, 0x2f, 0xff, 0x80])
    return out
  },
  delete: (bytes, random) => {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
  },
  duplicate: (bytes, random) => {
    const [from, to] = range(bytes, random)
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)])
  },
  move: (bytes, random) => {
    const [from, to] = range(bytes, random)
    const rest = Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])
    return insert(rest, random.below(rest.length + 1), bytes.subarray(from, to))
  },
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  nuls: (bytes, random) => {
    const run = Buffer.alloc(1 + random.below(5000))
    const at = random.pick([bytes.length, random.below(bytes.length + 1)])
    const behind = random.below(2) === 0 ? at : Math.min(bytes.length, at + run.length)
    return Buffer.concat([bytes.subarray(0, at), run, bytes.subarray(behind)])
  },
  splice: (bytes, random, corpus) => {
    const other = random.pick(corpus).bytes
    const head = bytes.subarray(0, random.below(bytes.length + 1))
    return Buffer.concat([head, other.subarray(random.below(other.length + 1))])
  },
  graft: (bytes, random, corpus) => {
    const rich = corpus.filter((file) => text(file.bytes).search(RECORD) >= 0)
    const [piece] = pickMatch(random.pick(rich).bytes, random, RECORD)
    return insertBefore(bytes, random, TAG, piece)
  },
  'rename-tag': (bytes, random) =>
    replace(bytes, random, TAG, (tag) => tag.replace(/^(<\/?)[^\s/>]+/, `$1${random.pick(NAMES)}`)),
  'rename-element': (bytes, random) => {
    const [tag] = pickMatch(bytes, random, START_TAG)
    const name = /^<([^\s/>]+)/.exec(tag)?.[1]
    if (name === undefined) return bytes
    return latin(text(bytes).replaceAll(new RegExp(`(</?)${escaped(name)}(?=[\\s/>])`, 'g'), `$1${random.pick(NAMES)}`))
  },
  'drop-tag': (bytes, random) => replace(bytes, random, TAG, () => ''),
  'swap-tags': (bytes, random) => {
    const [first, at] = pickMatch(bytes, random, TAG)
    const [second, other] = pickMatch(bytes, random, TAG)
    if (at === other) return bytes
    const [[a, aAt], [b, bAt]] =
      at < other
        ? ([
            [first, at],
            [second, other],
          ] as const)
        : ([
            [second, other],
            [first, at],
          ] as const)
    const whole = text(bytes)
    return latin(whole.slice(0, aAt) + b + whole.slice(aAt + a.length, bAt) + a + whole.slice(bAt + b.length))
  },
  attribute: (bytes, random) =>
    replace(bytes, random, START_TAG, (tag) => {
      switch (random.below(5)) {
        case 0:
          return tag.replace(/["']/, '')
        case 1:
          return tag.replace(/\s([^\s=]+=(["']).*?\2)/, ' $1 $1')
        case 2:
          return tag.replace(/\s[^\s=]+=(["']).*?\1/, '')
        case 3:
          return tag.replace(/=(["']).*?\1/, `="${random.pick([...IDS, ...NUMBERS])}"`)
        default:
          return tag.replace(/\/?>$/, ` ${random.pick(NAMES)}="${random.pick([...IDS, ...REFERENCES, '<', '>'])}"$&`)
      }
    }),
  reference: (bytes, random) => insertInside(bytes, random, TEXT, random.pick(REFERENCES)),
  markup: (bytes, random) => insertInside(bytes, random, random.pick([TEXT, TAG]), random.pick(MARKUP)),
  number: (bytes, random) => replace(bytes, random, NUMBER, () => random.pick(NUMBERS)),
  date: (bytes, random) => replace(bytes, random, DATE, () => random.pick(DATES)),
  id: (bytes, random) => replace(bytes, random, ID, () => random.pick(IDS)),
  'same-id': (bytes, random) => {
    const [id] = pickMatch(bytes, random, ID)
    return replace(bytes, random, ID, () => id)
  },
  text: (bytes, random) => replace(bytes, random, TEXT, () => random.pick(TEXTS)),
  repeat: (bytes, random) =>
    replace(bytes, random, RECORD, (record) => record.repeat(2 + random.below(random.pick([3, 300])))),
  nest: (bytes, random) => {
    const depth = random.pick([3, 70, 2000])
    const name = random.pick([...NAMES, bytesOf('Группы'), bytesOf('Группа')])
    return replace(bytes, random, RECORD, (record) => `<${name}>`.repeat(depth) + record + `</${name}>`.repeat(depth))
  },
  blanks: (bytes, random) =>
    replace(bytes, random, TAG, (tag) => {
      const blank = random.pick(BLANKS)
      return random.below(2) === 0 ? blank.repeat(1 + random.below(3)) + tag : tag.replace(/(?=[\s/>]|$)/, blank)
    }),
  encoding: (bytes, random) => {
    const encoded = iconv.encode(bytes.toString('utf8').replace(/^\ufeff/, ''), random.pick(ENCODINGS))
    return Buffer.concat([Buffer.from(random.pick(MARKS)), encoded])
  },
  declaration: (bytes, random) =>
    latin(text(bytes).replace(/encoding\s*=\s*["'][^"']*["']/, `encoding="${random.pick(DECLARED)}"`)),
  mark: (bytes, random) => {
    const mark = Buffer.from(random.pick(MARKS))
    const bare = bytes[0] === 0xef || bytes[0] === 0xff ? bytes.subarray(bytes[0] === 0xef ? 3 : 2) : bytes
    const at = random.pick([0, 0, random.below(bare.length + 1)])
    return insert(bare, at, mark)
  },
  glue: (bytes, random, corpus) => Buffer.concat([bytes, random.pick([bytes, random.pick(corpus).bytes])]),
} satisfies Record<string, Mutate>

/** A way in which files are changed. */
export type MutationKind = keyof typeof kinds

export const MUTATION_KINDS = Object.keys(kinds) as readonly MutationKind[]

/** One change of a file: with the same corpus and bytes always the same one. */
export interface Mutation {
  readonly kind: MutationKind
  readonly seed: number
}

/** Those after which a file is often still taken. */
const GENTLE: readonly MutationKind[] = [
  ...(['graft', 'rename-element', 'attribute', 'markup', 'number', 'date', 'id', 'same-id', 'text'] as const),
  ...(['repeat', 'blanks', 'encoding', 'declaration', 'mark'] as const),
]

/** One to five mutations; half of the files get gentle ones only. */
export function pickMutations(random: Random): readonly Mutation[] {
  const from = random.pick([GENTLE, MUTATION_KINDS])
  const count = 1 + Math.min(random.below(5), random.below(5))
  return Array.from({ length: count }, () => ({ kind: random.pick(from), seed: random.below(2 ** 31) }))
}

/** The bytes after one mutation; the same when it finds nothing to change. */
export function mutate(bytes: Buffer, kind: MutationKind, random: Random, corpus: readonly CorpusFile[]): Buffer {
  const act: Mutate = kinds[kind]
  const changed = act(bytes, random, corpus)
  return changed.subarray(0, LARGEST)
}

function element(name: string): RegExp {
  return new RegExp(`(?<=<${bytesOf(name)}>)[^<>]*(?=</${bytesOf(name)}>)`, 'g')
}

function escaped(name: string): string {
  return name.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1')
}

function latin(of: string): Buffer {
  return Buffer.from(of, 'latin1')
}

/** Mostly short pieces: a whole half of the file is rarely interesting. */
function range(bytes: Buffer, random: Random): readonly [from: number, to: number] {
  const from = random.below(bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + random.below(random.pick([4, 64, 4096])))]
}

function insert(bytes: Buffer, at: number, piece: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
}

/** Any match, and where; empty at 0 when there is none. */
function pickMatch(bytes: Buffer, random: Random, pattern: RegExp): readonly [match: string, at: number] {
  const matches = [...text(bytes).matchAll(pattern)]
  if (matches.length === 0) return ['', 0]
  const match = random.pick(matches)
  return [match[0], match.index]
}

function replace(bytes: Buffer, random: Random, pattern: RegExp, by: (match: string) => string): Buffer {
  const [match, at] = pickMatch(bytes, random, pattern)
  if (match === '') return bytes
  return Buffer.concat([bytes.subarray(0, at), latin(by(match)), bytes.subarray(at + match.length)])
}

function insertBefore(bytes: Buffer, random: Random, pattern: RegExp, piece: string): Buffer {
  return insert(bytes, pickMatch(bytes, random, pattern)[1], latin(piece))
}

function insertInside(bytes: Buffer, random: Random, pattern: RegExp, piece: string): Buffer {
  const [match, at] = pickMatch(bytes, random, pattern)
  return insert(bytes, at + random.below(match.length + 1), latin(piece))
}

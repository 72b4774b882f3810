import { describe, expect, it } from 'vitest'
import { isKnownDelta, judgeSet, type JudgedFile, type JudgedSet, type Part, type Scope } from './set-verdict.ts'

interface Stated {
  readonly scope?: Scope
  readonly catalogue?: string
  readonly part?: Part
  readonly count?: number
}

/** A file with records of one catalogue; its part is told by its name. */
function file(name: string, { scope = 'full', catalogue = 'k', part, count = countOf(name) }: Stated = {}): JudgedFile {
  const of: Part = part ?? (/offers/.test(name) ? 'offers' : 'import')
  return { name, digest: name, parts: [{ part: of, catalogue, scope, count }] }
}

/** Fewer with every portion, so that none is as full as another. */
const countOf = (name: string): number => 100 - 3 * Number(/(\d*)\.xml$/.exec(name)?.[1] ?? 0)

const later = (name: string, rest: Stated = {}): JudgedFile => file(name, { scope: 'delta', ...rest })
const empty = (name: string): JudgedFile => ({ name, digest: '', parts: [] })

/** `import k: full` for every catalogue and part; with the reason behind a dash. */
function verdictsOf(family: string | null, files: readonly JudgedFile[], rest: Partial<JudgedSet> = {}): string[] {
  return judgeSet({ family, hasStamp: true, files, ...rest }).map(
    ({ part, catalogue, is, why }) => `${part} ${catalogue}: ${is}${why === undefined ? '' : ` - ${why}`}`,
  )
}

type Row = readonly [what: string, family: string | null, files: readonly JudgedFile[], verdicts: readonly string[]]

const rows: readonly Row[] = [
  ['one portion that says it is all', 'A', [file('import0_1.xml')], ['import k: full']],
  [
    'later portions of a full export say that they are changes',
    'A',
    [file('import0_1.xml'), later('import0_2.xml'), later('import0_3.xml')],
    ['import k: full'],
  ],
  [
    'goods and offers are judged each for itself',
    'A',
    [file('import0_1.xml'), later('offers0_1.xml')],
    ['import k: full', 'offers k: delta'],
  ],
  ['a delta in portions', 'A', [later('import0_1.xml'), later('import0_2.xml')], ['import k: delta']],
  [
    'a portion in the middle is missing',
    'A',
    [file('import0_1.xml'), later('import0_3.xml')],
    ['import k: incomplete - portion 2 of import0 is missing'],
  ],
  [
    'the first portion is missing',
    'A',
    [later('import0_2.xml')],
    ['import k: incomplete - portion 1 of import0 is missing'],
  ],
  [
    'a last portion as full as the others: 1C may have stopped behind it',
    'A',
    [file('import0_1.xml', { count: 5 }), later('import0_2.xml', { count: 5 }), file('offers0_1.xml', { count: 9 })],
    [
      'import k: incomplete - the last portion of import0 is as full as one that is followed by another',
      'offers k: full',
    ],
  ],
  [
    'offers of УНФ, where a portion begins with the last offer of the one before',
    'B',
    [file('offers.xml', { count: 5 }), later('offers1.xml', { count: 6 })],
    ['offers k: incomplete - the last portion of offers is as full as one that is followed by another'],
  ],
  [
    'portions of different sizes say nothing of where they end',
    'A',
    [file('offers0_1.xml', { count: 5 }), later('offers0_2.xml', { count: 8 }), later('offers0_3.xml', { count: 8 })],
    ['offers k: full'],
  ],
  [
    'a portion without records holds its place',
    'A',
    [file('offers0_1.xml'), empty('offers0_2.xml'), later('offers0_3.xml')],
    ['offers k: full'],
  ],
  [
    'a first portion without records says nothing',
    'A',
    [empty('offers0_1.xml'), later('offers0_2.xml')],
    ['offers k: unknown - offers0_1.xml does not say whether it is all there is'],
  ],
  [
    'two catalogues in one folder, each for itself',
    'A',
    [
      file('import0_1.xml', { catalogue: 'a' }),
      file('import1_1.xml', { catalogue: 'b' }),
      later('import1_3.xml', { catalogue: 'b' }),
    ],
    ['import a: full', 'import b: incomplete - portion 2 of import1 is missing'],
  ],
  [
    'one catalogue in two rows is whole when both are',
    'A',
    [file('import0_1.xml'), later('import1_1.xml')],
    ['import k: delta'],
  ],
  [
    'a package of changes under the names of the offers',
    'A',
    [file('offers0_1.xml', { scope: 'changes' })],
    ['offers k: delta'],
  ],
  [
    'a package of changes wrote over a later portion of the offers',
    'A',
    [file('offers0_1.xml'), file('offers0_2.xml', { scope: 'changes' })],
    ['offers k: delta'],
  ],
  [
    'a file was written over in the same run',
    'A',
    [{ ...file('offers0_1.xml'), overwritten: true }],
    ['offers k: incomplete - offers0_1.xml was written over in the same run'],
  ],
  [
    'the first file of УНФ has no number',
    'B',
    [file('import.xml'), later('import1.xml'), later('import2.xml'), file('offers.xml'), later('offers1.xml')],
    ['import k: full', 'offers k: full'],
  ],
  [
    'УНФ without its first file',
    'B',
    [later('import1.xml')],
    ['import k: incomplete - portion 0 of import is missing'],
  ],
  [
    'a second catalogue of УНФ wrote over the files of the first',
    'B',
    [file('import.xml', { catalogue: 'a' }), later('import1.xml', { catalogue: 'b' })],
    [
      'import a: incomplete - the portions of import belong to several catalogues',
      'import b: unknown - import.xml does not say whether it is all there is',
    ],
  ],
  [
    'the 1C-Bitrix module says of everything that it is a change',
    'C',
    [later('goods/1/import___0a.xml'), file('goods/1/offers___0a.xml')],
    [
      'import k: unknown - the 1C-Bitrix module says of every export that it is a change',
      'offers k: unknown - the 1C-Bitrix module says of every export that it is a change',
    ],
  ],
  ['another program that says it is all', 'D', [file('import.xml')], ['import k: full']],
  [
    'another program that says nothing',
    'D',
    [file('import.xml', { scope: 'unknown' })],
    ['import k: unknown - import.xml does not say whether it is all there is'],
  ],
  ['of another program every file must say it', 'D', [file('import.xml'), later('import1.xml')], ['import k: delta']],
  ['an unknown program is believed no more', null, [file('import.xml'), later('import1.xml')], ['import k: delta']],
  [
    'a native file whose name does not number it',
    'A',
    [file('catalog.xml')],
    ['import k: incomplete - the name catalog.xml does not number its portion'],
  ],
  [
    'a file of the set is in quarantine',
    'A',
    [file('import0_1.xml'), { ...empty('import0_2.xml'), broken: 'xml.truncated' }],
    ['import k: incomplete - import0_2.xml went to quarantine'],
  ],
  [
    'the first portion is in quarantine',
    'A',
    [{ ...empty('import0_1.xml'), broken: 'xml.truncated' }, later('import0_2.xml')],
    ['import k: incomplete - import0_1.xml went to quarantine'],
  ],
  [
    'goods in quarantine say nothing good of the offers either',
    'A',
    [{ ...empty('import0_1.xml'), broken: 'xml.truncated' }, file('offers0_1.xml')],
    ['offers k: incomplete - import0_1.xml went to quarantine'],
  ],
  [
    'one portion in two archives with other content',
    'A',
    [
      { ...file('a.zip!import0_1.xml'), digest: '1' },
      { ...file('b.zip!import0_1.xml'), digest: '2' },
    ],
    ['import k: incomplete - there are two different b.zip!import0_1.xml'],
  ],
  ['files that name nothing', 'A', [empty('import0_1.xml')], []],
]

it.each(rows)('%s (family %s)', (_what, family, files, verdicts) => {
  expect(verdictsOf(family, files)).toEqual(verdicts)
})

it('a file that nobody can read may belong to any set of the inbox', () => {
  expect(verdictsOf('A', [file('import0_1.xml')], { trouble: 'x.xml went to quarantine unread' })).toEqual([
    'import k: incomplete - x.xml went to quarantine unread',
  ])
})

it('files without a stamp belong to no set that could be whole', () => {
  expect(verdictsOf('D', [file('import.xml')], { hasStamp: false })).toEqual([
    'import k: unknown - the files do not say when they were made',
  ])
})

describe('a known delta', () => {
  const isDelta = (family: string | null, files: readonly JudgedFile[], name: string): boolean =>
    isKnownDelta({ family, hasStamp: true, files }, name)

  it('is what the first portion says, whatever the later ones say', () => {
    expect(isDelta('A', [later('import0_1.xml')], 'import0_1.xml')).toBe(true)
    expect(isDelta('A', [later('import0_1.xml'), later('import0_2.xml')], 'import0_2.xml')).toBe(true)
    expect(isDelta('A', [file('import0_1.xml'), later('import0_2.xml')], 'import0_2.xml')).toBe(false)
    expect(isDelta('B', [file('offers.xml'), later('offers1.xml')], 'offers1.xml')).toBe(false)
  })

  it('is not known without the first portion, and never in family C', () => {
    expect(isDelta('A', [later('import0_2.xml')], 'import0_2.xml')).toBe(false)
    expect(isDelta('C', [later('goods/1/import___0a.xml')], 'goods/1/import___0a.xml')).toBe(false)
  })

  it('is a package of changes, and what another program says of a single file', () => {
    expect(isDelta('A', [file('offers0_1.xml', { scope: 'changes' })], 'offers0_1.xml')).toBe(true)
    expect(isDelta('D', [later('cml_stock.xml')], 'cml_stock.xml')).toBe(true)
  })
})

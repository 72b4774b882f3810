import { stampOf, statementsOf } from './statements.ts'
import { treeOf } from './tree.ts'

/** Every value of a catalogue as a text by name, such as `offer <id> prices <type>` → `100 RUB ×1`. */
export type Values = ReadonlyMap<string, string>

/** A file as the independent reader gets it. */
export interface FileToRead {
  readonly name: string
  readonly bytes: Buffer
}

/**
 * What a catalogue must hold after these files, whatever order they arrived in: of every facet the newest statement,
 * statements of one stamp added up in the order of the files. A file without a stamp is newer than all others.
 */
export function readSet(files: readonly FileToRead[]): Values {
  const read = files.map(({ name, bytes }) => {
    const root = treeOf(bytes)
    return { stamp: stampOf(root) ?? 'later', statements: statementsOf(root, { file: name }) }
  })
  const facets = new Map<string, { readonly stamp: string; readonly rows: ReadonlyMap<string, string> }>()
  for (const { stamp, statements } of read.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : 0))) {
    for (const { facet, adding, rows } of statements) {
      const before = facets.get(facet)
      const isAdded = adding === 'rows' && before?.stamp === stamp
      facets.set(facet, { stamp, rows: isAdded ? new Map([...before.rows, ...rows]) : rows })
    }
  }
  const values = new Map<string, string>()
  for (const [facet, { rows }] of facets) {
    values.set(facet, 'stated')
    for (const [name, value] of rows) values.set(`${facet} ${name}`, value)
  }
  return values
}

/** Both ways: what is missing, what is too much, what says something else. */
export function differences(read: Values, held: Values): string[] {
  const names = [...new Set([...read.keys(), ...held.keys()])].sort()
  return names.flatMap((name) => {
    const [inFiles, inCatalogue] = [read.get(name), held.get(name)]
    return inFiles === inCatalogue ? [] : [`${name}: files ${quote(inFiles)}, catalogue ${quote(inCatalogue)}`]
  })
}

function quote(value: string | undefined): string {
  return value === undefined ? 'say nothing' : `say «${value}»`
}

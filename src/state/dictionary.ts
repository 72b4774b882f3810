import type { DictionaryRow, Group, PriceType, Property, Unit, UnitOfMeasure, Warehouse } from '../core/catalogue.ts'
import type { Namespace } from './store.ts'

/** A dictionary row with the stamp of the file that stated it. */
export interface DictionaryEntry {
  readonly stamp: number
  readonly row: DictionaryRow
  /** Of a group: id of the top-level group whose record stated it last. */
  readonly record?: string
}

/** The dictionaries of one 1C base, loaded; immutable, a change gives a new one. */
export class Dictionary {
  readonly #rows: ReadonlyMap<string, DictionaryEntry>
  readonly #byName: ReadonlyMap<string, readonly string[]>
  /** `kind/name` of rows that 1C marked for deletion. */
  readonly #deleted: ReadonlySet<string>

  private constructor(rows: ReadonlyMap<string, DictionaryEntry>) {
    this.#rows = rows
    const byName = new Map<string, string[]>()
    const deleted = new Set<string>()
    for (const { row } of rows.values()) {
      const name = 'name' in row.value ? row.value.name : row.value.id
      const key = `${row.kind}/${name}`
      if (isDeleted(row)) deleted.add(key)
      else byName.set(key, [...(byName.get(key) ?? []), row.value.id])
    }
    this.#byName = byName
    this.#deleted = deleted
  }

  static async load(rows: Namespace<DictionaryEntry>): Promise<Dictionary> {
    const map = new Map<string, DictionaryEntry>()
    for await (const [key, entry] of rows.entries()) map.set(key, entry)
    return new Dictionary(map)
  }

  /** A dictionary of these rows, for tests and previews. */
  static of(rows: readonly DictionaryRow[]): Dictionary {
    return new Dictionary(new Map(rows.map((row) => [`${row.kind}/${row.value.id}`, { stamp: 0, row }])))
  }

  with(rows: readonly (readonly [key: string, entry: DictionaryEntry])[]): Dictionary {
    return new Dictionary(new Map([...this.#rows, ...rows]))
  }

  get size(): number {
    return this.#rows.size
  }

  entry(key: string): DictionaryEntry | undefined {
    return this.#rows.get(key)
  }

  /** Entries of a kind by key. */
  *entriesOf(kind: DictionaryRow['kind']): Iterable<readonly [key: string, entry: DictionaryEntry]> {
    for (const row of this.#rows) if (row[1].row.kind === kind) yield row
  }

  /** Ids of the rows of this kind and name that are not marked for deletion; several when 1C repeats a name. */
  idsOf(kind: DictionaryRow['kind'], name: string): readonly string[] {
    return this.#byName.get(`${kind}/${name}`) ?? []
  }

  /** True when every row of this kind and name is marked for deletion, and there is one. */
  isDeleted(kind: DictionaryRow['kind'], name: string): boolean {
    return this.#deleted.has(`${kind}/${name}`) && this.idsOf(kind, name).length === 0
  }

  /** Names of a kind that are not marked for deletion, for "did you mean". */
  names(kind: DictionaryRow['kind']): string[] {
    const prefix = `${kind}/`
    return [...this.#byName.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length))
  }

  priceType(id: string): PriceType | undefined {
    return this.#rows.get(`priceType/${id}`)?.row.value as PriceType | undefined
  }

  warehouse(id: string): Warehouse | undefined {
    return this.#rows.get(`warehouse/${id}`)?.row.value as Warehouse | undefined
  }

  group(id: string): Group | undefined {
    return this.#rows.get(`group/${id}`)?.row.value as Group | undefined
  }

  property(id: string): Property | undefined {
    return this.#rows.get(`property/${id}`)?.row.value as Property | undefined
  }

  unit(id: string): Unit | undefined {
    return this.#rows.get(`unit/${id}`)?.row.value as Unit | undefined
  }
}

/**
 * The unit in words: one that was stated by an id alone is looked up, whichever file brought it. Undefined when neither
 * a code nor a name is known.
 */
export function unitInWords(unit: UnitOfMeasure | undefined, dictionary: Dictionary): UnitOfMeasure | undefined {
  if (unit === undefined) return undefined
  const known = unit.id === undefined ? undefined : dictionary.unit(unit.id)
  const code = known?.code || unit.code
  const name = known?.name || unit.name
  return code === '' && name === '' ? undefined : { code, name }
}

function isDeleted(row: DictionaryRow): boolean {
  return 'deleted' in row.value && row.value.deleted
}

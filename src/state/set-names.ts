/** Where a file stands in its set, as far as its name says. */
export interface PlaceInSet {
  /** The folder that all files of the set share, relative to the inbox; '' = the inbox itself. */
  readonly folder: string
  /** `import`, `offers`, `prices`…: files of one series share it, in lower case. */
  readonly series: string
  /** Row of the catalogue in the node's table as written (`0`, `1`), '' when names do not tell. */
  readonly row: string
  /** Absent when names do not number portions. */
  readonly portion?: number
  /** Number of the first portion: 1 in `import0_1.xml`, 0 in `import.xml`. */
  readonly first: number
}

/** Folders by kind of data inside the folder of a node (1C-Bitrix module); numbered packages lie in them. */
const KIND_FOLDERS: ReadonlySet<string> = new Set(
  [
    'contragents documents discount discountCard goods groups offers prices priceLists properties propertiesGoods',
    'propertiesOffers references rests storages units',
  ].flatMap((names) => names.toLowerCase().split(' ')),
)

const NATIVE = /^([a-z]+)(\d+)_(\d+)\.xml$/i
const PLAIN = /^(import|offers)(\d*)\.xml$/i
const BITRIX = /^([a-z]+?)(\d*)___[0-9a-f-]+\.xml$/i

/**
 * Reads the name of an exchange file (relative to its inbox, with slashes; a member of an archive is called
 * `archive.zip!name`): its folder, series, catalogue row and portion.
 */
export function placeInSet(name: string): PlaceInSet {
  const segments = name.replace(/[^/]*\.zip!/gi, '').split('/')
  const file = segments.pop() ?? ''
  const kind = segments.findIndex((segment) => KIND_FOLDERS.has(segment.toLowerCase()))
  const folder = segments.slice(0, kind < 0 ? undefined : kind).join('/')
  const native = NATIVE.exec(file)
  if (native !== null) {
    const [, series = '', row = '', portion = ''] = native
    return { folder, series: series.toLowerCase(), row, portion: Number(portion), first: 1 }
  }
  const plain = PLAIN.exec(file)
  if (plain !== null) {
    return { folder, series: (plain[1] ?? '').toLowerCase(), row: '', portion: Number(plain[2] || '0'), first: 0 }
  }
  const [, series = file, row = ''] = BITRIX.exec(file) ?? []
  return { folder, series: series.toLowerCase(), row, first: 0 }
}

/** True when portions are numbered. */
export function isNumbered(place: PlaceInSet): boolean {
  return place.portion !== undefined
}

/** True for places of one series of files: a later run writes them under the same names. */
export function isSameSeries(a: PlaceInSet, b: PlaceInSet): boolean {
  return a.series === b.series && a.row === b.row && a.first === b.first && isNumbered(a) === isNumbered(b)
}

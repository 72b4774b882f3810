/**
 * Kinds of files in the order in which 1C sends them, by the beginning of their name, or of the folder they lie in where
 * the names are others. What is not named here comes last.
 */
const ORDER: readonly (readonly string[])[] = [
  ['units', 'storages', 'pricelists', 'groups', 'import'],
  ['properties', 'propertiesgoods', 'propertiesoffers'],
  ['goods', 'cml_good'],
  ['offers'],
  ['prices'],
  ['rests', 'cml_stock'],
]
const PROPERTIES = 1
const GOODS = 2

/**
 * Compares two members of an archive by the order in which 1C sends them: general information, properties, goods, offers,
 * prices, rests, then the rest; within a kind by path, numbers of packages, catalogues and portions as numbers.
 */
export function compareMembers(a: string, b: string): number {
  return rankOf(a) - rankOf(b) || a.localeCompare(b, 'en', { numeric: true }) || (a < b ? -1 : 1)
}

function rankOf(name: string): number {
  const parts = name.toLowerCase().split('/')
  const ranks = parts.map((part) =>
    ORDER.findIndex((kinds) => kinds.includes(/^(?:cml_)?[a-z]*/.exec(part)?.[0] ?? '')),
  )
  const folders = ranks.slice(0, -1)
  const own = ranks.at(-1) as number
  // The packages of the Bitrix module: `properties/1/import___…` states properties, `goods/1/prices___…` prices.
  if (folders.includes(PROPERTIES)) return PROPERTIES
  if (own === 0 && folders.includes(GOODS)) return GOODS
  const rank = own >= 0 ? own : (folders.findLast((each) => each >= 0) ?? own)
  return rank < 0 ? ORDER.length : rank
}

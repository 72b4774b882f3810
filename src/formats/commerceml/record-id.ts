import { el } from './elements.ts'
import type { RecordKind } from './record.ts'
import { StrictParser, stripIllegal } from './strict.ts'
import { standsAt } from './utf8.ts'

const ID_OPEN = Buffer.from(`<${el.id}>`)
const ID_CLOSE = Buffer.from(`</${el.id}>`)
const VARIANT = Buffer.from(el.variantId)
const AMPERSAND = 0x26
const LESS_THAN = 0x3c
const EMPTY_REFERENCE = '00000000-0000-0000-0000-000000000000'

/**
 * The id of a record from its bytes; `contentFrom` is the index behind its start tag. Empty when it states none. Units
 * are known by their code where they have no Ид (УНФ), by their name where that is blank, too; documents by their number.
 * @throws XmlFault when the record is malformed and had to be parsed for its id
 */
export function recordId(bytes: Buffer, contentFrom: number, kind: RecordKind): string {
  const isChange = kind === 'offerChange'
  const quick = quickId(bytes, contentFrom)
  if (quick !== undefined && !(isChange && bytes.includes(VARIANT))) return canonical(quick)
  const stated = statedIds(bytes)
  if (kind === 'unit') return stated.id || stated.code || stated.name
  if (kind === 'document') return stated.id || stated.number
  if (!isChange || stated.id === '') return canonical(stated.id)
  const variant = stated.variant === EMPTY_REFERENCE ? '' : stated.variant
  return variant === '' || stated.id.includes('#') ? canonical(stated.id) : `${stated.id}#${variant}`
}

/** `GUID#` means the same as `GUID`: no variant. What names no product, as `#variant`, is no id. */
function canonical(id: string): string {
  if (id.startsWith('#')) return ''
  return id.endsWith('#') ? id.replace(/#+$/, '') : id
}

/** Nearly every record begins with its plain id. */
function quickId(bytes: Buffer, contentFrom: number): string | undefined {
  let at = contentFrom
  while (at < bytes.length && (bytes[at] as number) <= 0x20) at++
  if (!standsAt(bytes, ID_OPEN, at)) return undefined
  const from = at + ID_OPEN.length
  let to = from
  for (; bytes[to] !== LESS_THAN; to++) {
    const byte = bytes[to]
    if (byte === undefined || byte === AMPERSAND || byte < 0x20) return undefined
  }
  if (!standsAt(bytes, ID_CLOSE, to)) return undefined
  const id = bytes.toString('utf8', from, to).trim()
  return id === '' ? undefined : id
}

function statedIds(bytes: Buffer): { id: string; variant: string; code: string; name: string; number: string } {
  const path: string[] = []
  const stated = { id: '', variant: '', code: '', name: '', number: '' }
  const parser = new StrictParser({
    open: (name) => path.push(name),
    close: () => path.pop(),
    text: (text) => {
      if (path.length !== 2) return
      if (path[1] === el.id) stated.id += text
      if (path[1] === el.variantId) stated.variant += text
      if (path[1] === el.code) stated.code += text
      if (path[1] === el.number) stated.number += text
      if (path[1] === el.unitShortName) stated.name += text
    },
  })
  parser.write(stripIllegal(bytes.toString('utf8')).text)
  return {
    id: stated.id.trim(),
    variant: stated.variant.trim(),
    code: stated.code.trim(),
    name: stated.name.trim(),
    number: stated.number.trim(),
  }
}

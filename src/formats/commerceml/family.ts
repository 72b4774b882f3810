import { basename } from 'node:path'
import { el } from './elements.ts'

/**
 * Who wrote the file. A: the shared exchange library of УТ 11, КА 2, ERP 2, Розница; B: УНФ; C: the 1C-Bitrix module;
 * D: old bases and other programs. Dispatch on this, not on the schema version.
 */
export type Family = 'A' | 'B' | 'C' | 'D'

/** What a file shows of its producer. */
export interface FamilySigns {
  readonly path: string
  readonly rootAttributes: Readonly<Record<string, string>>
  /** The first part of the file as text. */
  readonly head: string
}

const GUID = String.raw`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}`
const BITRIX_NAME = new RegExp(`___${GUID}\\.xml$`, 'i')
const NATIVE_NAME = new RegExp(String.raw`^(?:(?:import|offers)\d+_\d+|orders-${GUID}_\d+)\.xml$`, 'i')
const UNF_FOLDER = new RegExp(String.raw`webdata - ${GUID}(?:_\d+)?[\\/]`, 'i')

/** Null when nothing tells. Only the path's own tail is used, so a moved file keeps its family. */
export function familyOf({ path, rootAttributes, head }: FamilySigns): Family | null {
  const version = rootAttributes[el.schemaVersion]?.trim() ?? ''
  const namespace = namespaceOf(rootAttributes)
  // A member of an archive is called `archive.zip!name`.
  const name = basename(path).replace(/^.*\.zip!/i, '')
  if (el.id in rootAttributes || version.startsWith('3.') || namespace.endsWith('commerceml_3')) return 'C'
  if (BITRIX_NAME.test(name)) return 'C'
  if (/commerceml_2\d\d$/.test(namespace) || UNF_FOLDER.test(path)) return 'B'
  if (head.includes(`<${el.categories}>`) || head.includes(`<${el.category}>`)) return 'B'
  if (version === '2.07' && (namespace.endsWith('commerceml_2') || NATIVE_NAME.test(name))) return 'A'
  if (version === '') return null
  return namespace === '' || Number(version) < 2.07 ? 'D' : null
}

/** The namespace of CommerceML, whether it is the default one or has a prefix. */
function namespaceOf(attributes: Readonly<Record<string, string>>): string {
  const stated = Object.entries(attributes).filter(([name]) => name === 'xmlns' || name.startsWith('xmlns:'))
  return stated.map(([, value]) => value).find((value) => value.includes('commerceml')) ?? ''
}

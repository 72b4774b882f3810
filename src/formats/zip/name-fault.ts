import { validateFileName } from 'yauzl'

/** What is wrong with the name of a member, and the code under which people find it. */
export interface NameFault {
  readonly code: 'zip.escaping_name' | 'zip.forbidden_name'
  /** Behind `"<name>" `, English. */
  readonly message: string
}

/** Longest part of a path on the file systems we meet, and longest path we unpack. Bytes in UTF-8. */
const PART = 255
const PATH = 1000
const DEPTH = 32
/** Devices of Windows (Microsoft, "Naming Files, Paths, and Namespaces"); an extension does not help. */
const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?$/i
/** Control characters. Marks that turn the direction of writing hide what a name ends with. */
const UNSEEN = /[\p{Cc}\u2028\u2029\u200E\u200F\u061C\u202A-\u202E\u2066-\u2069]/u
const FORBIDDEN_ON_WINDOWS = /[<>:"|?*]/

/** Judges a name with slashes, as one would have to write it to the disk; undefined when it is harmless everywhere. */
export function nameFault(name: string): NameFault | undefined {
  if (validateFileName(name) !== null) return escaping('points out of the archive')
  const parts = name.replace(/\/$/, '').split('/')
  if (UNSEEN.test(name)) return forbidden('has characters that cannot be seen')
  if (Buffer.byteLength(name) > PATH || parts.some((part) => Buffer.byteLength(part) > PART)) {
    return forbidden('is too long')
  }
  if (parts.length > DEPTH) return forbidden(`lies more than ${DEPTH} folders deep`)
  for (const part of parts) {
    if (part === '' || part === '.') return forbidden('has an empty part')
    if (DEVICE.test(part)) return forbidden('is the name of a device')
    if (FORBIDDEN_ON_WINDOWS.test(part) || /[. ]$/.test(part)) return forbidden('is no name that Windows can keep')
  }
  return undefined
}

/** A name for messages: what cannot be seen is spelt out, what is long is cut. */
export function shownName(name: string): string {
  const spelt = name.replaceAll(new RegExp(UNSEEN, 'gu'), (unseen) => {
    return `\\u${(unseen.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
  return spelt.length > 120 ? `${spelt.slice(0, 100)}… (${spelt.length} characters)` : spelt
}

function escaping(message: string): NameFault {
  return { code: 'zip.escaping_name', message }
}

function forbidden(message: string): NameFault {
  return { code: 'zip.forbidden_name', message }
}

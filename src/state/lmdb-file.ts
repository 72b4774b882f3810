import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/**
 * LMDB maps its file into memory without looking: a foreign or cut-off file ends the process with a segmentation fault
 * (tried with lmdb 3.5.6). So the two meta pages are read here first.
 * Layout of a meta page: 24 bytes of page header, magic, version, address, map size, two tree records of 48 bytes
 * (the first word of the first is the page size), number of the last page, transaction. lmdb 3.5.6, liblmdb/mdb.c.
 */
const MAGIC = 0xbeefc0de
const AT = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152, end: 160 }
const NO_PAGE = 0xffff_ffff_ffff_ffffn
/** LMDB leaves pages at the very end unwritten when a transaction gave them back; a real cut is longer than this. */
const SPARE_PAGES = 1024n

/** What is wrong with a data file, in a few words; undefined when it can be opened (a missing or empty one too). */
export function faultOfDataFile(path: string): string | undefined {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    const size = fstatSync(file).size
    return size === 0 ? undefined : faultOfPages(file, BigInt(size))
  } finally {
    closeSync(file)
  }
}

function faultOfPages(file: number, size: bigint): string | undefined {
  const first = readMeta(file, 0)
  if (first === undefined) return 'it is no LMDB file'
  const pageSize = first.readUInt32LE(AT.pageSize)
  const second = readMeta(file, pageSize)
  if (second === undefined) return 'its second meta page is broken'
  const newer = first.readBigUInt64LE(AT.transaction) >= second.readBigUInt64LE(AT.transaction) ? first : second
  const pages = size / BigInt(pageSize)
  const roots = [newer.readBigUInt64LE(AT.freeRoot), newer.readBigUInt64LE(AT.mainRoot)]
  const cut = newer.readBigUInt64LE(AT.lastPage) + 1n - pages
  if (cut > SPARE_PAGES || roots.some((root) => root !== NO_PAGE && root >= pages)) return 'it is cut off'
  return undefined
}

function readMeta(file: number, position: number): Buffer | undefined {
  const page = Buffer.alloc(AT.end)
  const read = readSync(file, page, 0, AT.end, position)
  return read === AT.end && page.readUInt32LE(AT.magic) === MAGIC ? page : undefined
}

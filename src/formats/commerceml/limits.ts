/**
 * What an exchange file may hold at most. Files of 1C stay far below; beyond, a file made to harm would take memory or
 * time without end. Sizes are bytes of UTF-8.
 */

/** A record is held in memory as a whole, ten times over. Real ones stay below 3 MB. */
export const LARGEST_RECORD = 16 * 1024 * 1024

/** A tag, comment, CDATA section, instruction or text outside records: each is held until it ends. */
export const LARGEST_PIECE = 4 * 1024 * 1024

/** Records of one file: where each lies is remembered until the file is applied. A file of 2 GB has about 800,000. */
export const MOST_RECORDS = 2_000_000

/** Attributes of one element. 1C writes ten at most, its root included. */
export const MOST_ATTRIBUTES = 256

/** Elements inside each other; real files stay below 16. */
export const MOST_DEPTH = 64

/** Characters that are kept of a text of a section (its Ид, its name). */
export const LONGEST_SECTION_TEXT = 4096

/** Names of root children that are kept. Nine are known, others are only counted. */
export const MOST_SECTION_NAMES = 100

/** Spellings of record tags in one file, prefixes included: for each the bytes are searched anew. Real files have nine. */
export const MOST_TAG_NAMES = 64

/** Records of one id that follow one another: each is decoded. A program that writes one twice does not write it so often. */
export const MOST_IN_A_ROW = 10_000

/** Bytes of the longest Ид. 1C writes 36 or 73; LMDB keys end at 1978, and the store needs some for itself. */
export const LONGEST_ID = 1000

/** True for an id, or a name that serves as one, under which nothing can be kept. */
export function isTooLongId(id: string): boolean {
  return id.length > LONGEST_ID / 3 && Buffer.byteLength(id) > LONGEST_ID
}

import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { isAbort, ObmenError } from '../../core/errors.ts'
import { fingerprintText } from '../../core/fingerprint.ts'
import { MOST_DEPTH } from '../commerceml/limits.ts'
import { localName } from '../commerceml/strict.ts'
import { CAPS, openZip, type ZipCaps, type ZipMember } from '../zip/index.ts'

/** What a workbook may hold at most: a sheet full to the last of its 1,048,576 rows stays far below. */
const MOST: ZipCaps = { ...CAPS, members: 10_000, bytes: 1024 ** 3 }
/** Longest piece without a tag; a cell holds 32,767 characters. Characters. */
const LONGEST_TEXT = 1024 * 1024
const REMEDY = 'Open the file in Excel and save it again as «Книга Excel (.xlsx)», without a password.'

/** What a part of a workbook tells while it is read. Names are local names. */
export interface PartHandlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  readonly close?: (name: string) => void
  readonly text?: (text: string) => void
}

/** The XML parts of a workbook, unpacked one at a time. */
export interface Parts {
  has(part: string): boolean
  /** Bytes, unpacked. */
  size(part: string): number
  /**
   * Parses a part strictly; `until` is asked after every piece and ends the reading early when it says so.
   * @throws ObmenError input `xlsx.unreadable`; whatever a handler throws
   */
  read(part: string, handlers: PartHandlers, signal: AbortSignal, until?: () => Promise<boolean>): Promise<void>
  close(): void
}

/**
 * Opens a workbook. Its parts are unpacked by our own zip reader, which holds every member to the size that the
 * directory states.
 * @throws ObmenError input `xlsx.unreadable`, `zip.too_large`
 */
export async function openParts(path: string, name: string, workFolder: string): Promise<Parts> {
  const archive = await openZip(path, name, MOST).catch((error: unknown) => {
    throw error instanceof ObmenError && error.code === 'zip.broken' ? unreadable(name, error.message, error) : error
  })
  const members = new Map<string, ZipMember>(archive.members.map((member) => [member.name.toLowerCase(), member]))
  const unpacked = join(workFolder, `${fingerprintText(path)}.part`)
  return {
    has: (part) => members.has(part.toLowerCase()),
    size: (part) => members.get(part.toLowerCase())?.size ?? 0,
    async read(part, handlers, signal, until) {
      const member = members.get(part.toLowerCase())
      if (member === undefined) throw unreadable(name, `it has no ${part}`)
      try {
        await archive.extract(member, unpacked, signal)
        await parse(unpacked, handlers, signal, until)
      } catch (error) {
        if (error instanceof PartFault) throw unreadable(name, `${part}: ${error.message}`, error)
        if (error instanceof ObmenError && error.code === 'zip.broken') throw unreadable(name, error.message, error)
        throw error
      } finally {
        await rm(unpacked, { force: true })
      }
    },
    close: () => archive.close(),
  }
}

/** The workbook cannot be read; `cell` says where, as `Прайс!B12`. */
export function unreadable(name: string, fault: string, cause?: unknown, cell?: string): ObmenError {
  return new ObmenError('input', 'xlsx.unreadable', `reading ${name}: it is no readable workbook: ${fault}`, {
    cause,
    place: { file: name, ...(cell === undefined ? {} : { cell }) },
    remedy: REMEDY,
  })
}

class PartFault extends Error {}

async function parse(
  path: string,
  handlers: PartHandlers,
  signal: AbortSignal,
  until?: () => Promise<boolean>,
): Promise<void> {
  const parser = new SaxesParser({ xmlns: false, position: false })
  let depth = 0
  let latest = 0
  parser.on('error', (error) => {
    throw new PartFault(error.message)
  })
  parser.on('doctype', () => {
    throw new PartFault('it has a DOCTYPE')
  })
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > MOST_DEPTH) throw new PartFault('too many elements inside each other')
    latest = parser.position
    handlers.open?.(localName(name), attributes)
  })
  parser.on('closetag', ({ name }) => {
    depth--
    latest = parser.position
    handlers.close?.(localName(name))
  })
  if (handlers.text !== undefined) {
    parser.on('text', handlers.text)
    parser.on('cdata', handlers.text)
  }
  const stream = createReadStream(path, { encoding: 'utf8', highWaterMark: 256 * 1024, signal })
  try {
    for await (const piece of stream) {
      parser.write(piece as string)
      if (parser.position - latest > LONGEST_TEXT) throw new PartFault('a text that no cell can hold')
      if ((await until?.()) === true) return
    }
    parser.close()
  } catch (error) {
    throw signal.aborted && isAbort(error) ? (signal.reason as Error) : error
  }
}

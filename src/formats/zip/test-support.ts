import { constants, crc32, deflateRawSync } from 'node:zlib'

/** A file to be packed. */
export interface Packed {
  /** Text is written as UTF-8 and marked so; bytes stand as they are, unmarked. */
  readonly name: string | Uint8Array
  readonly text: string | Uint8Array
  /** What the directory states instead of the truth. */
  readonly lie?: { readonly size?: number; readonly crc?: number; readonly method?: number }
  readonly encrypted?: boolean
  /** Mode of Unix, for example 0o120777 of a link. */
  readonly mode?: number
  /** Its bytes are those of the file before it. */
  readonly sharesBytes?: boolean
  /** `text` is deflated already and unpacks to so many bytes. */
  readonly deflatedFrom?: number
}

/** How the end of the archive is written. */
export interface Ending {
  /** Sizes, offsets and the count in 64 bits, as streaming packers write them. */
  readonly zip64?: boolean
  /** What the end states instead of the number of files. */
  readonly count?: number
}

const MAX = 0xffffffff

/** Writes an archive as the simplest packers do (APPNOTE.TXT 4.3). */
export function zipOf(files: readonly Packed[], { zip64 = false, count = files.length }: Ending = {}): Buffer {
  const bodies: Buffer[] = []
  const directory: Buffer[] = []
  let offset = 0
  let before = 0
  for (const { name, text, lie, encrypted = false, mode = 0, sharesBytes = false, deflatedFrom } of files) {
    const nameBytes = Buffer.from(name)
    const data = Buffer.from(text)
    const packed = deflatedFrom === undefined ? deflateRawSync(data) : data
    const size = lie?.size ?? deflatedFrom ?? data.length
    const at = sharesBytes ? before : offset
    const extra = zip64 ? zip64Field(size, packed.length, at) : Buffer.alloc(0)
    const fields = Buffer.alloc(26)
    fields.writeUInt16LE(zip64 ? 45 : 20, 0)
    fields.writeUInt16LE((typeof name === 'string' ? 0x800 : 0) | (encrypted ? 1 : 0), 2)
    fields.writeUInt16LE(lie?.method ?? 8, 4)
    fields.writeUInt32LE(lie?.crc ?? crc32(data), 10)
    fields.writeUInt32LE(zip64 ? MAX : packed.length, 14)
    fields.writeUInt32LE(zip64 ? MAX : size, 18)
    fields.writeUInt16LE(nameBytes.length, 22)
    fields.writeUInt16LE(extra.length, 24)
    const where = Buffer.alloc(14)
    where.writeUInt16LE(mode, 8)
    where.writeUInt32LE(zip64 ? MAX : at, 10)
    directory.push(Buffer.from([0x50, 0x4b, 1, 2, 20, mode === 0 ? 0 : 3]), fields, where, nameBytes, extra)
    if (sharesBytes) continue
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), fields, nameBytes, extra, packed])
    bodies.push(local)
    before = offset
    offset += local.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(zip64 ? 0xffff : count & 0xffff, 4)
  end.writeUInt16LE(zip64 ? 0xffff : count & 0xffff, 6)
  end.writeUInt32LE(zip64 ? MAX : central.length, 8)
  end.writeUInt32LE(zip64 ? MAX : offset, 12)
  const end64 = zip64 ? zip64End(count, central.length, offset) : Buffer.alloc(0)
  return Buffer.concat([...bodies, central, end64, Buffer.from('PK\x05\x06'), end])
}

/** Zeros of so many mebibytes, deflated: a thousandth of that. */
export function deflatedZeros(mebibytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(1024 * 1024), { finishFlush: constants.Z_FULL_FLUSH })
  return Buffer.concat([...Array.from({ length: mebibytes }, () => block), deflateRawSync(Buffer.alloc(0))])
}

function zip64Field(size: number, packed: number, at: number): Buffer {
  const field = Buffer.alloc(28)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(24, 2)
  field.writeBigUInt64LE(BigInt(size), 4)
  field.writeBigUInt64LE(BigInt(packed), 12)
  field.writeBigUInt64LE(BigInt(at), 20)
  return field
}

function zip64End(count: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(76)
  end.write('PK\x06\x06', 0, 'latin1')
  end.writeBigUInt64LE(44n, 4)
  end.writeBigUInt64LE(BigInt(count), 24)
  end.writeBigUInt64LE(BigInt(count), 32)
  end.writeBigUInt64LE(BigInt(length), 40)
  end.writeBigUInt64LE(BigInt(offset), 48)
  end.write('PK\x06\x07', 56, 'latin1')
  end.writeBigUInt64LE(BigInt(offset + length), 64)
  end.writeUInt32LE(1, 72)
  return end
}

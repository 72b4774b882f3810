/** Length of the bytes without a character that is cut at their end. */
export function lastWholeCharacter(bytes: Buffer): number {
  const length = bytes.length
  for (let i = length - 1; i >= 0 && i >= length - 4; i--) {
    const byte = bytes[i] as number
    if (byte < 0x80) return length
    if (byte >= 0xc0) {
      const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return i + size <= length ? length : i
    }
  }
  return length
}

/** True when `mark` stands at `at`. A plain loop: marks are short and this runs for every record. */
export function standsAt(bytes: Buffer, mark: Buffer, at: number): boolean {
  if (at + mark.length > bytes.length) return false
  for (let i = 0; i < mark.length; i++) {
    if (bytes[at + i] !== mark[i]) return false
  }
  return true
}

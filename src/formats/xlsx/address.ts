/** Column letters as Excel shows them: 0 → A, 26 → AA. */
export function columnLetters(index: number): string {
  let letters = ''
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters
  }
  return letters
}

/** `B12` as zero-based column and one-based row; undefined when it is no address of a cell. */
export function cellAddress(text: string): { readonly column: number; readonly row: number } | undefined {
  const [, letters, row] = /^([A-Z]{1,3})([1-9]\d{0,6})$/.exec(text) ?? []
  if (letters === undefined) return undefined
  return { column: columnIndex(letters), row: Number(row) }
}

/** The column of letters such as `AB`: A is 0, no letters are -1. */
export function columnIndex(letters: string): number {
  let index = 0
  for (let i = 0; i < letters.length; i++) index = index * 26 + letters.charCodeAt(i) - 64
  return index - 1
}

/** A cell as people find it: `Прайс!B12`. */
export function cellPlace(sheet: string, column: number, row: number): string {
  return `${sheet}!${columnLetters(column)}${row}`
}

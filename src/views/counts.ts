/** A whole number with English grouping and its noun, for terminals: `1 order`, `50,000 stocks`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`
}

/** A number as people see it, `1.25`; a code that a format such as `00000` pads keeps its zeros. */
export function numberText(value: number, format: string | undefined): string {
  // Excel keeps and shows 15 digits; the rest is the noise of binary fractions.
  const plain = DIGITS.format(value)
  if (format === undefined || !/^0{2,}$/.test(format) || !/^\d+$/.test(plain)) return plain
  return plain.padStart(format.length, '0')
}

const DIGITS = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 15, useGrouping: false })

/** `2026-03-01` or `2026-03-01 14:05:00`; a workbook's dates know no zone. */
export function dateText(value: Date): string {
  const iso = value.toISOString()
  const [day, time] = [iso.slice(0, 10), iso.slice(11, 19)]
  return time === '00:00:00' ? day : `${day} ${time}`
}

/** True or false as a Russian Excel shows it. */
export function booleanText(value: boolean): string {
  return value ? 'ИСТИНА' : 'ЛОЖЬ'
}

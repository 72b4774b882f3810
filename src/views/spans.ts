/** A span in English in its two largest units, for terminals: `45 s`, `6 min 15 s`, `2 h`, `3 d 4 h`. */
export function spanText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  const units = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3_600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const
  const first = units.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  return units
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** A rate as people say it: `80/min`, `40/s`, `5/10 min`. */
export function rateText({ limit, perMs }: { readonly limit: number; readonly perMs: number }): string {
  return `${limit}/${spanText(perMs).replace(/^1 /, '')}`
}

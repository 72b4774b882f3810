/** Counts uses against a limit. `take` gives 0 when the use was granted, else the milliseconds until one would be. */
export interface Limit {
  take(now: number): number
}

/** Refills evenly: at most `capacity` at once, `capacity` per `perMs` in the long run. A refused use costs nothing. */
export function tokenBucket(capacity: number, perMs: number): Limit {
  const perToken = perMs / capacity
  // Kept as the time when the bucket will be full, so that no fractions of tokens add up.
  let fullAt = -Infinity
  return {
    take(now) {
      const from = Math.max(fullAt, now)
      const wait = from + perToken - perMs - now
      if (wait > 0) return wait
      fullAt = from + perToken
      return 0
    },
  }
}

/** At most `limit` uses in any `perMs`. A refused use costs nothing. */
export function slidingWindow(limit: number, perMs: number): Limit {
  const granted: number[] = []
  return {
    take(now) {
      while (granted[0] !== undefined && granted[0] <= now - perMs) granted.shift()
      if (granted.length < limit) {
        granted.push(now)
        return 0
      }
      return (granted[0] as number) + perMs - now
    },
  }
}

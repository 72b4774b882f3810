import type { Machine } from './machine.ts'

/** One measured figure. Megabytes are of a million bytes. */
export interface Figure {
  readonly id: string
  /** As the table shows it. */
  readonly title: string
  /** Absent when it failed. */
  readonly ms?: number
  /** Time of processors, over all threads of the process. */
  readonly cpuMs?: number
  /** Of what was read; absent where speed means nothing. */
  readonly megabytes?: number
  /** Peak of RssAnon in megabytes; absent where the system does not say, or the work is not ours. */
  readonly peakAnon?: number
  /** It found less than there is: its time is compared with nothing. */
  readonly isPart?: boolean
  /** What was found, or why there is no time. */
  readonly note: string
}

/** A budget of the design (§12) beside what was measured. */
export interface Budget {
  readonly title: string
  readonly wanted: string
  readonly measured: string
  readonly met: boolean
}

/** Where the time of the first load goes: the functions with the most time of their own. */
export interface Profile {
  readonly totalMs: number
  readonly top: readonly { readonly name: string; readonly place: string; readonly share: number }[]
}

/** Everything that one run of the benchmark found. */
export interface Results {
  /** ISO date and time. */
  readonly at: string
  readonly machine: Machine
  readonly goods: number
  readonly changed: number
  readonly megabytes: number
  readonly figures: readonly Figure[]
  readonly budgets: readonly Budget[]
  readonly profile?: Profile
  /** The memory check on a larger set. */
  readonly large?: Pick<Results, 'goods' | 'megabytes' | 'figures' | 'budgets'>
}

/** Megabytes a second; undefined where speed means nothing. */
export function speedOf({ ms, megabytes }: Figure): number | undefined {
  return ms === undefined || megabytes === undefined ? undefined : (megabytes * 1_000) / ms
}

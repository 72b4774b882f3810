import type { Config } from '../config/model.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { madeFrom } from './lasting-parts.ts'

/** What a running service holds as long as it lives. */
const HELD = {
  state: ({ folders }: Config) => folders.state,
  work: ({ folders }: Config) => folders.work,
  redis: ({ redis }: Config) => madeFrom(redis ?? null),
} as const

/** Changes of a configuration that need another start, as findings: nothing of such an edit comes into force by itself. */
export function restartOnly(before: Config, after: Config): readonly Diagnostic[] {
  const keys = Object.keys(HELD) as (keyof typeof HELD)[]
  return keys
    .filter((key) => HELD[key](before) !== HELD[key](after))
    .map((key) => ({
      severity: 'error',
      code: 'config.restart_to_apply',
      message: `${key} cannot change while the service runs: restart to apply, or take the change back`,
      place: after.heldPlaces[key],
    }))
}

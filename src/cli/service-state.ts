import { readService } from '../app/read-status.ts'
import type { Config } from '../config/model.ts'

/** When a decision written down now takes effect, in words. */
export async function whenItActs(config: Config): Promise<string> {
  const service = await readService(config.folders.state)
  return service?.running === true ? 'the service acts on it within seconds' : 'it takes effect when Obmen next runs'
}

/** The zone in which the shop reads times. */
export function timezoneOf(config: Config): string {
  return [...config.exchanges.values()][0]?.timezone ?? 'UTC'
}

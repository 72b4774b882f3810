import type { ExchangeConfig, WorkingHours } from '../config/model.ts'
import * as notices from '../views/notices.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

const EVERY = 60_000

/**
 * One look at whether 1C has been silent for too long and whether its statements have grown stale. Nothing is concluded
 * from silence but that a person must hear of it. Silence counts from when this process began to watch: what 1C dropped
 * before may still wait in an inbox.
 */
export async function watchSilence(exchange: ExchangeRuntime, runtime: Runtime, signal: AbortSignal): Promise<void> {
  const { clock, notifier, accounts } = runtime
  const { config, catalogue, watchedSince } = exchange
  const { lastAppliedAt, stocksStamp } = await catalogue.facts()
  const now = clock.now()
  const { silence, timezone } = config
  if (silence !== undefined) {
    const since = Math.max(lastAppliedAt ?? 0, watchedSince)
    const exceeded = exceededSilence(silence, since, now, timezone)
    const silent = notices.exchangeSilent({
      exchange: config.name,
      allowed: exceeded ?? silence.off,
      timezone,
      ...(lastAppliedAt === undefined ? {} : { lastFile: lastAppliedAt }),
    })
    // Only a file ends the silence, not the end of the working day.
    const spoke = lastAppliedAt !== undefined && now - lastAppliedAt <= Math.min(silence.work, silence.off)
    if (exceeded !== undefined) await notifier.raise(silent)
    else if (spoke) await notifier.resolve(silent.cause, 'Файлы из 1С снова приходят.')
  }
  for (const account of accounts.values()) {
    const { stale, exchange: name } = account.parts.config
    if (stale === undefined || name !== config.name || stocksStamp === undefined) continue
    const notice = notices.statementsStale({
      account: account.name,
      count: await catalogue.count(),
      oldest: stocksStamp,
      allowed: stale.after,
      effect: stale.then,
      examples: [],
      timezone,
    })
    if (now - stocksStamp > stale.after) await notifier.raise(notice)
    else await notifier.resolve(notice.cause, 'Пришли свежие остатки.')
  }
  await clock.sleep(EVERY, signal)
}

/** How long 1C may have been silent since then, when it has been for longer; undefined while all is well. */
export function exceededSilence(
  { hours, work, off }: NonNullable<ExchangeConfig['silence']>,
  since: number,
  now: number,
  timezone: string,
): number | undefined {
  const opened = workingSince(now, hours, timezone)
  // The night is no silence of the working day: that one counts from its first minute.
  if (opened !== undefined && now - Math.max(since, opened) > work) return work
  return now - since > off ? off : undefined
}

/** When today's working hours began, by the wall clock of the shop's zone; undefined outside them. */
export function workingSince(now: number, hours: WorkingHours, timezone: string): number | undefined {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((each) => each.type === type)?.value ?? ''
  const day = WEEKDAYS.indexOf(part('weekday')) + 1
  const hour = Number(part('hour'))
  if (!hours.days.includes(day) || hour < hours.from || hour >= hours.to) return undefined
  return now - ((hour - hours.from) * 3_600 + Number(part('minute')) * 60 + Number(part('second'))) * 1_000
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

import { expect, it } from 'vitest'
import { createClock, type Clock } from '../core/clock.ts'
import { silentLog } from '../core/log.ts'
import type { Notifier } from '../core/notice.ts'
import { Loops } from './loops.ts'

const notifier: Notifier = { raise: () => Promise.resolve(), resolve: () => Promise.resolve() }

function loopsWith(clock: Clock): Loops {
  return new Loops({ clock, log: silentLog, notifier: () => notifier })
}

it('lets work that runs end by itself when it is to halt, and begins no more', async () => {
  const loops = loopsWith(createClock())
  const told: string[] = []
  let finish = (): void => {}
  const answered = new Promise<void>((resolve) => {
    finish = resolve
  })
  loops.start('waits', () => loops.pause(3_600_000))
  loops.start('works', async () => {
    told.push('began')
    await answered
    told.push(`ended, aborted: ${loops.signal.aborted}`)
  })

  const halted = loops.halt(3_600_000)
  finish()
  await halted

  expect(told).toEqual(['began', 'ended, aborted: false'])
})

it('aborts work that does not give way', async () => {
  const impatient: Clock = { ...createClock(), sleep: (ms, signal) => createClock(ms).sleep(1, signal) }
  const loops = loopsWith(impatient)
  let reason: unknown
  loops.start('works', async () => {
    await new Promise((resolve) => loops.signal.addEventListener('abort', resolve))
    reason = loops.signal.reason
    throw loops.signal.reason as Error
  })

  await loops.halt(30_000)

  expect(reason).toMatchObject({ name: 'AbortError' })
})

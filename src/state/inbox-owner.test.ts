import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import { createClock, type Clock } from '../core/clock.ts'
import { OWNER_MARK, ownInboxes } from './inbox-owner.ts'

const folder = testFolders()

/** Every wait is over at once; `onSleep` is what others do meanwhile. */
function skippingClock(onSleep: () => void = () => {}): Clock {
  let now = 1_000_000
  return {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms, signal) => {
      // Renewals wait for ever: this clock is for those who look on.
      if (signal !== undefined) {
        return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
      }
      now += ms
      onSleep()
      return Promise.resolve()
    },
  }
}

const markOf = (inbox: string): string => join(inbox, OWNER_MARK)
const foreign = (beat: number): string => JSON.stringify({ pid: 7, host: 'other', state: '/srv/other/state', beat })

test('an inbox is marked while it is held, and the same project takes it again at once', async () => {
  const inbox = folder()
  const clock = skippingClock()
  const first = await ownInboxes([inbox], { state: '/srv/a', clock })
  expect(JSON.parse(readFileSync(markOf(inbox), 'utf8'))).toMatchObject({ pid: process.pid, state: '/srv/a' })
  expect(await first.holderOf(inbox)).toBeUndefined()

  const again = await ownInboxes([inbox], { state: '/srv/a', clock })
  await again.release()
  await again.release()

  expect(existsSync(markOf(inbox))).toBe(false)
  await first.release()
})

test('a mark that somebody renews keeps others out, naming him; nothing else is held either', async () => {
  const [free, inbox] = [folder(), folder()]
  let beat = 1
  writeFileSync(markOf(inbox), foreign(beat))
  const clock = skippingClock(() => writeFileSync(markOf(inbox), foreign(++beat)))

  await expect(ownInboxes([free, inbox], { state: '/srv/a', clock })).rejects.toMatchObject({
    kind: 'fatal',
    code: 'files.inbox_owned',
    message: expect.stringContaining('process 7 on other with the state folder /srv/other/state'),
  })
  expect(existsSync(markOf(free))).toBe(false)
  expect(JSON.parse(readFileSync(markOf(inbox), 'utf8'))).toMatchObject({ pid: 7 })
})

test('inboxes come and go while others stay held, all of the new ones or none', async () => {
  const [first, second, third, owned] = [folder(), folder(), folder(), folder()]
  let beat = 1
  const clock = skippingClock(() => writeFileSync(markOf(owned), foreign(++beat)))
  const owner = await ownInboxes([first], { state: '/srv/a', clock })
  writeFileSync(markOf(owned), foreign(beat))

  await expect(owner.take([third, owned])).rejects.toMatchObject({ code: 'files.inbox_owned' })
  await owner.take([first, second])
  await owner.keepOnly([second])

  expect([first, second, third].map((inbox) => existsSync(markOf(inbox)))).toEqual([false, true, false])
  await owner.release()
  expect(existsSync(markOf(second))).toBe(false)
})

test('a mark that nobody renews is taken over within 30 s', async () => {
  const inbox = folder()
  writeFileSync(markOf(inbox), foreign(1))
  const clock = skippingClock()
  const began = clock.now()

  const owner = await ownInboxes([inbox], { state: '/srv/a', clock })

  expect(clock.now() - began).toBeLessThanOrEqual(30_000)
  expect(JSON.parse(readFileSync(markOf(inbox), 'utf8'))).toMatchObject({ state: '/srv/a' })
  await owner.release()
})

test('of two heirs the one who wrote last stays', async () => {
  const inbox = folder()
  writeFileSync(markOf(inbox), foreign(1))
  let slept = 0
  // The 21st sleep is the one behind our own writing.
  const clock = skippingClock(() => {
    if (++slept === 21) writeFileSync(markOf(inbox), foreign(2))
  })

  await expect(ownInboxes([inbox], { state: '/srv/a', clock })).rejects.toMatchObject({ code: 'files.inbox_owned' })
})

test('an inbox that is released while we look is taken at once', async () => {
  const inbox = folder()
  writeFileSync(markOf(inbox), foreign(1))
  const { rmSync } = await import('node:fs')
  const clock = skippingClock(() => rmSync(markOf(inbox), { force: true }))

  const owner = await ownInboxes([inbox], { state: '/srv/a', clock })

  expect(await owner.holderOf(inbox)).toBeUndefined()
  await owner.release()
})

test('an inbox that is not there is no fault', async () => {
  const inbox = join(folder(), 'offline')

  const owner = await ownInboxes([inbox], { state: '/srv/a', clock: skippingClock() })

  expect(await owner.holderOf(inbox)).toBeUndefined()
  await owner.release()
})

test('who lost an inbox while he slept sees whose it is, and has it back when that one is dead', async () => {
  const inbox = folder()
  const clock = createClock(2_000)
  const owner = await ownInboxes([inbox], { state: '/srv/a', clock })
  writeFileSync(markOf(inbox), foreign(1))
  const seen: (string | undefined)[] = []

  for (let holder = await owner.holderOf(inbox); ; holder = await owner.holderOf(inbox)) {
    if (seen.at(-1) !== holder?.host || seen.length === 0) seen.push(holder?.host)
    if (holder === undefined) break
    await clock.sleep(1_000)
  }

  // A renewal under way when the mark was overwritten may win; then there is nothing to lose.
  expect([['other', undefined], [undefined]]).toContainEqual(seen)
  await owner.release()
})

import { Writable } from 'node:stream'
import { expect, it } from 'vitest'
import type { Clock } from '../core/clock.ts'
import { watch } from './watch.ts'

/** A clock whose sleeps end at once; at the last one `end` is called. */
function clockOf(sleeps: number, end: () => void): Clock {
  let left = sleeps
  let now = 0
  return {
    now: () => now,
    fromReal: (ms) => ms,
    sleep: (ms) => {
      now += ms
      if (--left === 0) end()
      return Promise.resolve()
    },
  }
}

function outputTo(written: string[]): Writable {
  return new Writable({
    write(chunk, _, done) {
      written.push(String(chunk))
      done()
    },
  })
}

it('shows what changed until Ctrl+C, and leaves no listener behind', async () => {
  const written: string[] = []
  const pictures = ['a', 'a', 'b']
  const draw = () => {
    const text = pictures.shift() ?? 'c'
    return Promise.resolve({ text, sameAs: text })
  }
  const before = process.listenerCount('SIGINT')
  const clock = clockOf(3, () => process.emit('SIGINT'))

  await watch(draw, { clock, every: 1, output: outputTo(written), isScreen: false })

  expect(written).toEqual(['a', 'b'])
  expect(process.listenerCount('SIGINT')).toBe(before)
})

it('repeats what does not change once a minute, so that a reader that has gone is noticed', async () => {
  const written: string[] = []
  const clock = clockOf(7, () => process.emit('SIGINT'))
  const draw = () => Promise.resolve({ text: 'x', sameAs: 'x' })

  await watch(draw, { clock, every: 20_000, output: outputTo(written), isScreen: false })

  expect(written).toEqual(['x', 'x', 'x'])
})

it('redraws a screen each time', async () => {
  const written: string[] = []
  const clock = clockOf(2, () => process.emit('SIGTERM'))
  const draw = () => Promise.resolve({ text: 'x', sameAs: 'x' })

  await watch(draw, { clock, every: 1, output: outputTo(written), isScreen: true })

  expect(written).toEqual(['\u001b[H\u001b[Jx', '\u001b[H\u001b[Jx'])
})

it('ends well when nobody reads any more', async () => {
  const output = outputTo([])
  const clock = clockOf(1, () => output.emit('error', Object.assign(new Error('broken pipe'), { code: 'EPIPE' })))
  const draw = () => Promise.resolve({ text: 'x', sameAs: 'x' })

  await expect(watch(draw, { clock, every: 1, output, isScreen: false })).resolves.toBeUndefined()
})

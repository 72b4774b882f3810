import { renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeEach, describe, expect, it } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import type { Clock } from '../../core/clock.ts'
import { lookInside, type Candidate } from './candidates.ts'
import { inspectClosing } from './closed.ts'
import { createSettler, type ReadyFile, type Settler } from './settle.ts'

const WHOLE = '<a><b/></a>'
const withoutChangeTime = (candidate: Candidate): Candidate => {
  const { ctimeMs: _, ...rest } = candidate
  return rest
}
const PATIENCE = { settle: 2000, incomplete: 600_000 }
/** In 1970 no file was modified, so a settler sees files only from here on. */
const START = 1_000_000

describe('a settler', () => {
  const folder = testFolders()
  let inbox: string
  let now: number
  let settler: Settler
  let hasChangeTimes: boolean
  const clock: Clock = { now: () => now, fromReal: (ms) => ms, sleep: () => Promise.reject(new Error('no sleep')) }

  beforeEach(() => {
    inbox = folder()
    now = START
    hasChangeTimes = true
    settler = createSettler(PATIENCE, clock)
  })

  /** The names that are ready after so many milliseconds. */
  async function after(ms: number): Promise<ReadyFile[]> {
    now += ms
    const { candidates } = await lookInside(inbox)
    return settler.observe(inbox, hasChangeTimes ? candidates : candidates.map(withoutChangeTime))
  }

  it('lets a table whose last line has no end stand still for longer', async () => {
    const look = async (ms: number): Promise<string[]> => {
      now += ms
      const { candidates } = await lookInside(inbox, { extensions: ['csv'] })
      return (await settler.observe(inbox, candidates)).map(({ name }) => name)
    }
    write('ended.csv', 'a;b\r\n1;2\r\n')
    write('open.csv', 'a;b\n1;2')
    write('reserved.csv', Buffer.concat([Buffer.from('a;b\n1;2'), Buffer.alloc(10)]))
    write('wide.csv', Buffer.from('\uFEFFa;b\n', 'utf16le'))
    write('~$price.csv', 'lock\n')
    write('whole.xml', WHOLE)

    expect(await look(0)).toEqual([])
    expect(await look(2000)).toEqual(['ended.csv', 'wide.csv'])
    expect(settler.unsettled()).toBe(true)
    expect(await look(2000)).toEqual([])
    expect(await look(2000)).toEqual(['open.csv'])
    expect(settler.unsettled()).toBe(false)
  })

  it('has not settled a file that stood still long enough only while it was looked at', async () => {
    write('a.xml', WHOLE)

    expect(await after(0)).toEqual([])
    now += 5000
    expect(settler.unsettled()).toBe(true)
    expect((await after(0)).map(({ name }) => name)).toEqual(['a.xml'])
    expect(settler.unsettled()).toBe(false)
  })

  async function namesAfter(ms: number): Promise<string[]> {
    return (await after(ms)).map(({ name, fault }) => (fault === undefined ? name : `${name}: ${fault.code}`))
  }

  function write(name: string, text: string | Buffer, mtime = 500): void {
    writeFileSync(join(inbox, name), text)
    utimesSync(join(inbox, name), mtime, mtime)
  }

  it('gives a whole file once, when it stood still for settle', async () => {
    write('a.xml', WHOLE)
    const { size, mtimeMs, ino, ctimeMs } = statSync(join(inbox, 'a.xml'))

    expect(await after(0)).toEqual([])
    expect(settler.nextLook()).toBe(START + 2000)
    expect(await after(1999)).toEqual([])
    const file = { inbox, path: join(inbox, 'a.xml'), name: 'a.xml', size, mtimeMs, ino, ctimeMs, firstSeen: 500_000 }
    expect(await after(1)).toEqual([file])
    expect(await after(5000)).toEqual([])
  })

  it('does not trust time stamps: a kept old one gains nothing', async () => {
    write('a.xml', WHOLE, 1)

    expect(await namesAfter(0)).toEqual([])
    expect(await namesAfter(2000)).toEqual(['a.xml'])
  })

  it('never takes the file for seen later than it was modified, nor later than now', async () => {
    write('old.xml', WHOLE, 700)
    write('future.xml', WHOLE, 9_999_999)
    await after(0)

    const ready = await after(2000)

    expect(ready.map(({ name, firstSeen }) => [name, firstSeen])).toEqual([
      ['old.xml', 700_000],
      ['future.xml', START],
    ])
  })

  it('waits for a slow writer, however long it takes', async () => {
    const seen: string[] = []
    for (let i = 0; i < 1000; i++) {
      write('a.xml', `<a>${'x'.repeat(i)}</a>`, 500 + i)
      seen.push(...(await namesAfter(1500)))
    }

    expect(seen).toEqual([])
    expect(await namesAfter(2000)).toEqual(['a.xml'])
  })

  it('waits for a file whose room was reserved and whose time does not move', async () => {
    hasChangeTimes = false
    write('a.xml', Buffer.alloc(WHOLE.length))
    await after(0)
    expect(await namesAfter(2000)).toEqual([])
    expect(await namesAfter(60_000)).toEqual([])

    write('a.xml', WHOLE)

    expect(await namesAfter(2000)).toEqual(['a.xml'])
  })

  it('never gives up a file that cannot be opened: it reports it, and takes it once it can', async () => {
    let locked = true
    settler = createSettler(PATIENCE, clock, undefined, (path) =>
      locked ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' })) : inspectClosing(path),
    )
    write('a.xml', WHOLE)
    await after(0)
    expect(await namesAfter(PATIENCE.incomplete - 1)).toEqual([])
    expect(settler.stuck(inbox)).toEqual([])
    expect(await namesAfter(1)).toEqual([])
    expect(settler.stuck(inbox)).toEqual([{ name: 'a.xml', why: 'unreadable' }])

    locked = false

    expect(await namesAfter(2000)).toEqual(['a.xml'])
    expect(settler.stuck(inbox)).toEqual([])
  })

  it('gives up a still file that is not closed, and takes a text that is no exchange file away soon', async () => {
    write('cut.xml', '<a><b/>', 400)
    write('text.xml', 'failure', 500)
    await after(0)

    expect(await namesAfter(5999)).toEqual([])
    expect(await namesAfter(2000)).toEqual(['text.xml: files.not_an_exchange_file'])
    unlinkSync(join(inbox, 'text.xml'))
    expect(await namesAfter(591_000)).toEqual([])
    expect(await namesAfter(2000)).toEqual(['cut.xml: files.not_closed'])
  })

  it('begins anew when another file takes the name, also with the same size and time', async () => {
    write('a.xml', WHOLE)
    await after(0)
    write('b.tmp', WHOLE)
    renameSync(join(inbox, 'b.tmp'), join(inbox, 'a.xml'))

    expect(await namesAfter(2000)).toEqual([])
    expect(await namesAfter(2000)).toEqual(['a.xml'])
  })

  it('gives a file again that was changed after it was given', async () => {
    write('a.xml', WHOLE)
    await after(0)
    await after(2000)

    write('a.xml', WHOLE, 501)

    expect(await namesAfter(100)).toEqual([])
    expect(await namesAfter(2000)).toEqual(['a.xml'])
  })

  it('gives a file again that nobody took, unless it is known to be done with', async () => {
    write('a.xml', WHOLE)
    write('b.xml', WHOLE)
    settler = createSettler(PATIENCE, clock, async ({ name }) => name === 'b.xml')
    await after(0)

    expect(await namesAfter(2000)).toEqual(['a.xml', 'b.xml'])
    expect(await namesAfter(59_999)).toEqual([])
    expect(await namesAfter(1)).toEqual(['a.xml'])
  })

  it('gives files in the order of their times, then by number', async () => {
    write('offers0_10.xml', WHOLE)
    write('offers0_9.xml', WHOLE)
    write('import0_1.xml', WHOLE, 600)
    await after(0)

    expect(await namesAfter(2000)).toEqual(['offers0_9.xml', 'offers0_10.xml', 'import0_1.xml'])
  })

  it('knows when something changed last', async () => {
    expect(settler.lastChange(inbox)).toBeUndefined()
    write('a.xml', WHOLE)
    await after(100)
    expect([settler.lastChange(inbox), settler.unsettled()]).toEqual([START + 100, true])
    await after(2000)
    expect([settler.lastChange(inbox), settler.unsettled()]).toEqual([START + 100, false])
  })
})

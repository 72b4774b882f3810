import { appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { ExchangeConfig } from '../../config/model.ts'
import { createClock } from '../../core/clock.ts'
import type { ReadyFile } from './settle.ts'
import { scanOnce, watchInboxes, type WatchOptions } from './watch.ts'

const WHOLE = '<a><b/></a>'
const clock = createClock()

function exchangeOf(inboxes: readonly string[], changes: Partial<ExchangeConfig> = {}): ExchangeConfig {
  return {
    name: 'main',
    place: {},
    inboxes,
    profile: 'native',
    numbers: { prefix: 'OZ', digits: 6, start: 1 },
    take: 'move',
    timezone: 'Europe/Moscow',
    stock: 'free',
    currency: new Map(),
    settle: 40,
    incomplete: 300,
    setQuiet: 600_000,
    removed: 'ignore',
    ...changes,
  }
}

for (const [way, poll] of [
  ['events', undefined],
  ['polling', 30],
] as const) {
  describe(`watching by ${way}`, () => {
    let inbox: string
    let stop: AbortController
    let running: AsyncGenerator<ReadyFile> | undefined

    beforeEach(() => {
      inbox = mkdtempSync(join(tmpdir(), 'obmen-inbox-'))
      stop = new AbortController()
    })

    afterEach(async () => {
      stop.abort()
      await running?.return(undefined)
      rmSync(inbox, { recursive: true, force: true })
    })

    function watch(changes: Partial<ExchangeConfig> = {}, more: Partial<WatchOptions> = {}): AsyncGenerator<ReadyFile> {
      const exchange = exchangeOf([inbox], { ...(poll === undefined ? {} : { poll }), ...changes })
      running = watchInboxes({ exchange, clock, signal: stop.signal, ...more })
      return running
    }

    async function next(files: AsyncGenerator<ReadyFile>): Promise<string> {
      const { value } = (await files.next()) as { value: ReadyFile }
      // As a claim does: what was taken stands no longer in the inbox.
      rmSync(value.path)
      return value.fault === undefined ? value.name : `${value.name}: ${value.fault.code}`
    }

    it('finds what stands there, what comes, and what is moved in', async () => {
      writeFileSync(join(inbox, 'import0_1.xml'), WHOLE)
      const files = watch()
      expect(await next(files)).toBe('import0_1.xml')

      const coming = next(files)
      mkdirSync(join(inbox, 'webdata', 'goods'), { recursive: true })
      writeFileSync(join(inbox, 'webdata', 'goods', 'OFFERS.XML'), WHOLE)
      expect(await coming).toBe('webdata/goods/OFFERS.XML')

      const moved = next(files)
      writeFileSync(join(inbox, 'rests.tmp'), WHOLE)
      renameSync(join(inbox, 'rests.tmp'), join(inbox, 'rests.xml'))
      expect(await moved).toBe('rests.xml')
    })

    it('gives a file that is written slowly only when it is whole', async () => {
      const path = join(inbox, 'a.xml')
      const files = watch()
      const coming = files.next()
      writeFileSync(path, '<a>')
      for (let i = 0; i < 8; i++) {
        await clock.sleep(20)
        appendFileSync(path, `<b>${i}</b>`)
      }
      appendFileSync(path, '</a>')

      const { value } = (await coming) as { value: ReadyFile }

      expect(value).toMatchObject({ name: 'a.xml', size: 3 + 8 * 8 + 4 })
      expect(value.fault).toBeUndefined()
    })

    it('gives a file that stays cut off for quarantine', async () => {
      writeFileSync(join(inbox, 'cut.xml'), '<a><b/>')

      expect(await next(watch())).toBe('cut.xml: files.not_closed')
    })

    it('leaves alone what is no exchange file, and our own orders', async () => {
      const orders = join(inbox, 'orders', 'orders.xml')
      for (const folder of ['orders', 'import_files/ab', '.hidden']) mkdirSync(join(inbox, folder), { recursive: true })
      const others = [
        'p.jpg',
        '.orders.xml.1-1.tmp',
        '~$a.xml',
        '.a.xml',
        'a.xml.part',
        'import_files/ab/x.xml',
        '.hidden/x.xml',
      ]
      for (const name of others) writeFileSync(join(inbox, name), WHOLE)
      writeFileSync(orders, WHOLE)
      const files = watch({ orders: { file: orders, node: inbox } })

      const first = next(files)
      await clock.sleep(150)
      writeFileSync(join(inbox, 'z.zip'), `PK\u0005\u0006${'\0'.repeat(18)}`)

      expect(await first).toBe('z.zip')
    })

    it('tells that an inbox changes before anything is ready', async () => {
      const hints: string[] = []
      const files = watch({}, { onHint: (where) => hints.push(where) })
      writeFileSync(join(inbox, 'a.xml'), WHOLE)

      await files.next()

      expect(hints).toEqual([inbox])
    })

    it('tells once that an inbox is missing, and goes on when it is back', async () => {
      rmSync(inbox, { recursive: true })
      const troubles: (string | undefined)[] = []
      const files = watch({ poll: 30 }, { onTrouble: (_, error) => troubles.push(error?.code) })
      const coming = next(files)
      await expect.poll(() => troubles.length).toBeGreaterThan(0)
      mkdirSync(inbox)
      writeFileSync(join(inbox, 'a.xml'), WHOLE)

      expect(await coming).toBe('a.xml')
      expect(new Set(troubles)).toEqual(new Set(['files.inbox_unreadable', undefined]))
      expect(troubles.at(-1)).toBeUndefined()
    })

    it('ends without an error when it is stopped', async () => {
      const files = watch()
      const coming = files.next()
      await clock.sleep(60)

      stop.abort()

      expect(await coming).toEqual({ done: true, value: undefined })
    })
  })
}

describe('a single scan', () => {
  let inboxes: [string, string]

  beforeEach(() => {
    inboxes = [mkdtempSync(join(tmpdir(), 'obmen-inbox-')), mkdtempSync(join(tmpdir(), 'obmen-inbox-'))]
  })

  afterEach(() => {
    for (const inbox of inboxes) rmSync(inbox, { recursive: true, force: true })
  })

  async function scan(): Promise<string[]> {
    const signal = new AbortController().signal
    return (await scanOnce({ exchange: exchangeOf(inboxes), clock, signal })).map(({ name }) => name)
  }

  it('gives what is ready in all inboxes and leaves the rest', async () => {
    writeFileSync(join(inboxes[0], 'a.xml'), WHOLE)
    writeFileSync(join(inboxes[0], 'cut.xml'), '<a>')
    writeFileSync(join(inboxes[1], 'b.xml'), WHOLE)

    expect(await scan()).toEqual(['a.xml', 'b.xml'])
    rmSync(inboxes[1], { recursive: true })
    await expect(scan()).rejects.toMatchObject({ kind: 'transient', code: 'files.inbox_unreadable' })
  })

  it('takes only files with the endings that are asked for, also one whose end does not show that it is whole', async () => {
    writeFileSync(join(inboxes[0], 'a.xml'), WHOLE)
    writeFileSync(join(inboxes[0], 'b.CSV'), 'a;b\n1;2')
    writeFileSync(join(inboxes[0], '~$c.csv'), 'lock\n')
    const { signal } = new AbortController()

    const ready = await scanOnce({ exchange: exchangeOf(inboxes), clock, signal, extensions: ['csv'] })

    expect(ready.map(({ name }) => name)).toEqual(['b.CSV'])
  })

  it('does not wait for ever for a file that keeps changing', async () => {
    const path = join(inboxes[0], 'a.xml')
    const stop = new AbortController()
    const writing = (async () => {
      for (let i = 0; !stop.signal.aborted; i++) {
        writeFileSync(path, `<a>${'x'.repeat(i)}</a>`)
        await clock.sleep(5)
      }
    })()

    expect(await scan()).toEqual([])

    stop.abort()
    await writing
  })

  it('is over at once when nothing is there', async () => {
    expect(await scan()).toEqual([])
  })
})

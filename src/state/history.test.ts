import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import { createFiles } from './disk.ts'
import { openHistory, type History, type HistoryCursor, type HistoryEntry } from './history.ts'

const DAY = 86_400_000
const MONDAY = Date.UTC(2026, 0, 26, 12)

describe('history', () => {
  const folder = testFolders()
  const sent = (at: number, item: string): HistoryEntry => ({ at, event: 'sent', item })

  async function readAll(history: History, from?: HistoryCursor): Promise<HistoryEntry[]> {
    const all: HistoryEntry[] = []
    for (let cursor = from; ;) {
      const { entries, next, more } = await history.readSince(cursor)
      all.push(...entries)
      if (!more) return all
      cursor = next
    }
  }

  it('is read on from where the reader stopped, over the end of days', async () => {
    const history = openHistory(folder(), createFiles())
    await history.append([sent(MONDAY, 'я1'), sent(MONDAY + 1, '2')])
    const first = await history.readSince()

    await history.append([sent(MONDAY + 2, '3')])
    await history.append([sent(MONDAY + DAY, '4')])
    await history.append([])

    expect(first.entries).toEqual([sent(MONDAY, 'я1'), sent(MONDAY + 1, '2')])
    expect(first.more).toBe(false)
    expect(await readAll(history, first.next)).toEqual([sent(MONDAY + 2, '3'), sent(MONDAY + DAY, '4')])
    expect(await readAll(history)).toHaveLength(4)
    const end = (await history.readSince({ file: '2026-01-27.ndjson', offset: 0 })).next
    expect(end?.file).toBe('2026-01-27.ndjson')
    expect(await history.readSince(end)).toEqual({ entries: [], next: end, more: false })
  })

  it('is empty where nothing happened', async () => {
    const history = openHistory(join(folder(), 'none'), createFiles())

    expect(await history.readSince()).toEqual({ entries: [], next: undefined, more: false })
  })

  it('forgets whole days, and a reader behind them goes on with what is left', async () => {
    const path = folder()
    const history = openHistory(path, createFiles())
    await history.append([sent(MONDAY, '1')])
    await history.append([sent(MONDAY + DAY, '2')])

    await history.prune(Date.UTC(2026, 0, 27))

    expect(readdirSync(path)).toEqual(['2026-01-27.ndjson'])
    expect(await readAll(history, { file: '2026-01-26.ndjson', offset: 0 })).toEqual([sent(MONDAY + DAY, '2')])
  })

  it('leaves out a torn line and cuts it off before the next one', async () => {
    const path = folder()
    const file = join(path, '2026-01-26.ndjson')
    writeFileSync(file, `${JSON.stringify(sent(MONDAY, '1'))}\n{"at":17`)
    const history = openHistory(path, createFiles())

    expect(await readAll(history)).toEqual([sent(MONDAY, '1')])
    await history.append([sent(MONDAY, '2')])

    expect(await readAll(history)).toEqual([sent(MONDAY, '1'), sent(MONDAY, '2')])
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
  })

  it('names the place of a line that is no JSON', async () => {
    const path = folder()
    const history = openHistory(path, createFiles())
    await history.append([sent(MONDAY, '1')])
    appendFileSync(join(path, '2026-01-26.ndjson'), 'oops\n')

    await expect(history.readSince()).rejects.toMatchObject({
      code: 'state.journal_broken',
      place: { file: join(path, '2026-01-26.ndjson') },
    })
  })

  it('gives a large day in pages of whole lines', async () => {
    const history = openHistory(folder(), createFiles())
    const long = 'x'.repeat(3_000_000)
    await history.append([sent(MONDAY, long), sent(MONDAY, `${long}${long}`), sent(MONDAY, 'end')])

    const first = await history.readSince()

    expect(first.more).toBe(true)
    expect((await readAll(history)).map(({ item }) => String(item).length)).toEqual([3_000_000, 6_000_000, 3])
  })
})

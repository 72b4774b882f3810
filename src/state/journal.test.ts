import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import type { Files } from '../core/files.ts'
import { createFiles } from './disk.ts'
import { appendToJournal, openJournal, readJournal } from './journal.ts'

const COLUMNS = ['at', 'name', 'note']

describe('a journal', () => {
  const folder = testFolders()
  const files = createFiles()

  it('gives back rows with commas, quotes and blanks as they were', async () => {
    const file = join(folder(), 'deep', 'j.csv')
    const rows = [
      ['1', 'a,b', 'says "yes"'],
      ['2', '', ' padded '],
      ['3', 'Рубашка; синяя', '"'],
    ]
    const journal = await openJournal(file, files, COLUMNS)

    await journal.append(rows.slice(0, 1))
    await journal.append(rows.slice(1))

    expect(journal.existed).toBe(false)
    const again = await openJournal(file, files, COLUMNS)
    expect(again.existed).toBe(true)
    expect(again.rows).toEqual(rows.map((cells, i) => ({ line: i + 2, cells })))
    expect(readFileSync(file, 'utf8')).toBe(
      'at,name,note\n1,"a,b","says ""yes"""\n2,," padded "\n3,"Рубашка; синяя",""""\n',
    )
  })

  it('keeps the order of appends that were not awaited', async () => {
    const file = join(folder(), 'j.csv')
    const journal = await openJournal(file, files, COLUMNS)

    await Promise.all(Array.from({ length: 20 }, (_, i) => journal.append([[String(i), '', '']])))

    const { rows } = await readJournal(file, COLUMNS)
    expect(rows.map(({ cells }) => cells[0])).toEqual(Array.from({ length: 20 }, (_, i) => String(i)))
  })

  for (const tail of ['2,b', '2,"b,\u0000\u0000', '\u0000\u0000\u0000', '2,b,c']) {
    it(`leaves out a torn last line (${JSON.stringify(tail)}) and repairs it before the next row`, async () => {
      const file = join(folder(), 'j.csv')
      writeFileSync(file, `at,name,note\n1,a,\n${tail}`)

      const journal = await openJournal(file, files, COLUMNS)
      expect(journal.rows).toEqual([{ line: 2, cells: ['1', 'a', ''] }])
      await journal.append([['3', 'c', '']])

      expect(readFileSync(file, 'utf8')).toBe('at,name,note\n1,a,\n3,c,\n')
    })
  }

  it('repairs a torn header', async () => {
    const file = join(folder(), 'j.csv')
    writeFileSync(file, 'at,na')

    await appendToJournal(file, files, COLUMNS, [['1', 'a', '']])

    expect(readFileSync(file, 'utf8')).toBe('at,name,note\n1,a,\n')
  })

  it('takes back what a failed append left, so that an unpromised row never comes true', async () => {
    const file = join(folder(), 'j.csv')
    let fail = false
    const failing: Files = {
      ...files,
      async append(path, text, header) {
        await files.append(path, fail ? text.slice(0, 4) : text, header)
        if (fail) throw new Error('ENOSPC')
      },
    }
    const journal = await openJournal(file, failing, COLUMNS)
    await journal.append([['1', 'a', '']])

    fail = true
    await expect(journal.append([['2', 'b', '']])).rejects.toThrow('ENOSPC')
    fail = false
    await journal.append([['3', 'c', '']])

    expect(readFileSync(file, 'utf8')).toBe('at,name,note\n1,a,\n3,c,\n')
  })

  it('reads what a spreadsheet saved: byte order mark and CRLF', async () => {
    const file = join(folder(), 'j.csv')
    writeFileSync(file, '\uFEFFat,name,note\r\n1,"a",b\r\n')

    expect((await readJournal(file, COLUMNS)).rows).toEqual([{ line: 2, cells: ['1', 'a', 'b'] }])
  })

  for (const [bad, line] of [
    ['at,name,note\n1,a\n2,b,\n', 2],
    ['at,name,note\n1,a,\n2,"b,\n3,c,\n', 3],
    ['at,name,note\n1,a"b",\n', 2],
    ['at,name,note\n\n', 2],
    ['at;name;note\n1;a;\n', 1],
  ] as const) {
    it(`names file and line of a broken line ${JSON.stringify(bad)}`, async () => {
      const file = join(folder(), 'j.csv')
      writeFileSync(file, bad)

      await expect(openJournal(file, files, COLUMNS)).rejects.toMatchObject({
        kind: 'fatal',
        code: 'state.journal_broken',
        place: { file, line },
      })
    })
  }

  it('refuses a cell of two lines', async () => {
    const journal = await openJournal(join(folder(), 'j.csv'), files, COLUMNS)

    await expect(async () => journal.append([['1', 'a\nb', '']])).rejects.toMatchObject({ code: 'state.bad_value' })
  })

  it('lets two processes append', async () => {
    const file = join(folder(), 'j.csv')
    const owner = await openJournal(file, files, COLUMNS)
    await owner.append([['1', 'a', '']])

    await appendToJournal(file, files, COLUMNS, [['2', 'b', '']])
    appendFileSync(file, '3,c')
    await appendToJournal(file, files, COLUMNS, [['4', 'd', '']])

    expect((await readJournal(file, COLUMNS)).rows.map(({ cells }) => cells[0])).toEqual(['1', '2', '4'])
  })
})

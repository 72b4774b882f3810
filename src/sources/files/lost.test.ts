import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import { testFolders } from '../../../test/contract/test-folder.ts'
import { lookInside, type InboxView } from './candidates.ts'
import { LostFiles } from './lost.ts'

const rootOf = (stamp: string): string => `<КоммерческаяИнформация ДатаФормирования="2026-11-22T${stamp}">`
const RUN = `${rootOf('10:00:00')}<Каталог/>`
const NEXT = `${rootOf('10:10:00')}<Каталог/>`

const folder = testFolders()
let inbox: string
let lost: LostFiles
beforeEach(() => {
  inbox = folder()
  lost = new LostFiles()
})

function write(name: string, content: string | Buffer): void {
  writeFileSync(join(inbox, name), content)
}

async function look(of = lost): Promise<string[]> {
  const found = await of.look(inbox, await lookInside(inbox))
  return found.map(({ name, why }) => `${name} ${why}`)
}

it('a file that goes away before it was taken is lost, once; one that was taken is not', async () => {
  mkdirSync(join(inbox, 'webdata'))
  write('webdata/import0_1.xml', RUN)
  write('webdata/import0_2.xml', RUN)
  expect(await look()).toEqual([])

  lost.taken({ inbox, path: join(inbox, 'webdata', 'import0_1.xml') })
  rmSync(join(inbox, 'webdata'), { recursive: true })

  expect(await look()).toEqual(['webdata/import0_2.xml gone'])
  expect(await look()).toEqual([])
})

it('a file under whose name the next run stands is lost, by whatever way it came', async () => {
  write('a.xml', RUN)
  write('b.xml', RUN)
  expect(await look()).toEqual([])

  write('a.xml', NEXT)
  write('c.tmp', NEXT)
  renameSync(join(inbox, 'c.tmp'), join(inbox, 'b.xml'))

  expect(await look()).toEqual(['a.xml overwritten', 'b.xml overwritten'])
})

it('neither are a file that grows, is emptied and written anew, or has room reserved, nor one that is renamed', async () => {
  write('grows.xml', RUN)
  write('anew.xml', RUN)
  write('reserved.xml', Buffer.alloc(100))
  write('first.xml', RUN)
  expect(await look()).toEqual([])

  appendFileSync(join(inbox, 'grows.xml'), '<more/>'.repeat(500))
  truncateSync(join(inbox, 'anew.xml'), 0)
  write('reserved.xml', RUN)
  renameSync(join(inbox, 'first.xml'), join(inbox, 'import0_1.xml'))
  expect(await look()).toEqual([])

  write('anew.xml', RUN.slice(0, 40))
  expect(await look()).toEqual([])
  write('anew.xml', NEXT)
  expect(await look()).toEqual(['anew.xml overwritten'])
})

it('what cannot be looked at now is not lost', async () => {
  write('a.xml', RUN)
  expect(await look()).toEqual([])
  const hidden: InboxView = { candidates: [], odd: [{ name: 'a.xml', why: 'unreadable' }] }

  expect(await lost.look(inbox, hidden)).toEqual([])
})

it('with take: copy a file may go, or be written over, once it was taken', async () => {
  const copied = new LostFiles((file) => Promise.resolve(file.name === 'a.xml'))
  write('a.xml', RUN)
  write('b.xml', RUN)
  expect(await look(copied)).toEqual([])
  write('a.xml', NEXT)
  expect(await look(copied)).toEqual([])
  rmSync(join(inbox, 'a.xml'))
  rmSync(join(inbox, 'b.xml'))

  expect(await look(copied)).toEqual(['b.xml gone'])
})

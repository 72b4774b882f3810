import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { hashList } from '../state/hash-list.ts'
import { createMemoryStore } from '../state/open.ts'
import type { Scope } from '../state/set-verdict.ts'
import { Sets } from '../state/sets.ts'
import { newerThanPortion } from './stale-portion.ts'

const OLD = Date.UTC(2026, 0, 1, 7)
const NEW = Date.UTC(2026, 0, 2, 7)

let inbox: string
let sets: Sets
beforeEach(async () => {
  inbox = await mkdtemp(join(tmpdir(), 'obmen-stale-'))
  await mkdir(join(inbox, 'webdata'))
  sets = new Sets(createMemoryStore(), 'main')
})
afterEach(() => rm(inbox, { recursive: true, force: true }))

function applied(name: string, stamp: number, scope: Scope = 'full'): Promise<unknown> {
  const parts = [{ part: 'import', catalogue: 'k', scope, named: hashList([8n]) }] as const
  return sets.note({ name, inbox, family: 'A', stamp, asOf: stamp, digest: name, parts }, 1)
}

/** Lets a file stand in the inbox. */
function standing(name: string, stamp: string, changesOnly = false): Promise<void> {
  const catalogue = `<Каталог СодержитТолькоИзменения="${changesOnly}"><Ид>k</Ид><Товары></Товары></Каталог>`
  const attributes = `ВерсияСхемы="2.07" ДатаФормирования="${stamp}"`
  return writeFile(join(inbox, name), `<КоммерческаяИнформация ${attributes}>${catalogue}</КоммерческаяИнформация>`)
}

/** What a portion of the old run is told to be older than. */
function newerThan(name: string, family = 'A'): Promise<string | undefined> {
  const incoming = { path: '', workFolder: inbox, name, inbox, seenAt: 0 }
  const signal = new AbortController().signal
  return newerThanPortion(incoming, { stamp: OLD, family }, { sets, timezone: 'Europe/Moscow', signal })
}

it('a later portion beside the first one of a newer run is stale, whether that was applied or stands there', async () => {
  expect(await newerThan('webdata/import0_3.xml')).toBeUndefined()

  await standing('webdata/import0_1.xml', '2026-01-02T10:00:00')
  expect(await newerThan('webdata/import0_3.xml')).toBe('webdata/import0_1.xml')
  expect(await newerThan('webdata/offers0_3.xml')).toBeUndefined()
  expect(await newerThan('webdata/import1_3.xml')).toBeUndefined()

  await applied('webdata/offers0_1.xml', NEW)
  expect(await newerThan('webdata/offers0_3.xml')).toBe('webdata/offers0_1.xml')
})

it('a late but whole older run is not: its own first portion came, stands there, or is in quarantine', async () => {
  await applied('webdata/import0_1.xml', NEW)
  await applied('webdata/import0_1.xml', OLD)
  expect(await newerThan('webdata/import0_2.xml')).toBeUndefined()

  await applied('webdata/offers0_1.xml', NEW)
  await standing('webdata/offers0_1.xml', '2026-01-01T10:00:00')
  expect(await newerThan('webdata/offers0_2.xml')).toBeUndefined()

  await applied('webdata/import1_1.xml', NEW)
  await sets.noteBroken({ name: 'webdata/import1_1.xml', inbox, family: 'A', stamp: OLD, asOf: OLD, code: 'xml' }, 2)
  expect(await newerThan('webdata/import1_2.xml')).toBeUndefined()
})

it('behind changes only nothing is stale: what it states, nobody else does', async () => {
  await standing('webdata/import0_1.xml', '2026-01-02T10:00:00', true)
  await applied('webdata/offers0_1.xml', NEW, 'delta')

  expect(await newerThan('webdata/import0_3.xml')).toBeUndefined()
  expect(await newerThan('webdata/offers0_3.xml')).toBeUndefined()
})

it('first portions, other families and other folders are never stale', async () => {
  await applied('webdata/import0_1.xml', NEW)
  await applied('webdata/import.xml', NEW)

  expect(await newerThan('webdata/import0_1.xml')).toBeUndefined()
  expect(await newerThan('webdata/import0_2.xml', 'D')).toBeUndefined()
  expect(await newerThan('other/import0_2.xml')).toBeUndefined()
  expect(await newerThan('webdata/import2.xml', 'B')).toBe('webdata/import.xml')
})

it('a first portion that cannot be read tells nothing', async () => {
  await writeFile(join(inbox, 'webdata', 'import0_1.xml'), 'no XML at all')

  expect(await newerThan('webdata/import0_3.xml')).toBeUndefined()
})

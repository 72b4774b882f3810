import { expect, it } from 'vitest'
import { hashList, packHashes, unpackHashes } from './hash-list.ts'
import { createMemoryStore } from './open.ts'
import { closeSet, outlived, STATED_KEPT, statedElsewhere, whyClosed, type Closing } from './set-closing.ts'
import type { Scope } from './set-verdict.ts'
import { baselineKey, OVERTAKEN, Sets, type Baseline, type FileNote, type FileSet } from './sets.ts'

const MINUTE = 60_000
const RUN = Date.UTC(2026, 10, 22, 14)

interface Dropped {
  readonly stamp?: number
  readonly family?: string
  readonly scope?: Scope
  readonly catalogue?: string
  readonly inbox?: string
  readonly named?: readonly number[]
  readonly digest?: string
}

/** A file that names these records of one catalogue; offers by its name. */
function note(name: string, dropped: Dropped = {}): FileNote {
  const { stamp = RUN, family = 'A', scope = 'full', catalogue = 'k', inbox = 'in', named = [1] } = dropped
  const part = /offers/.test(name) ? 'offers' : 'import'
  const hashes = hashList(named.map((each) => BigInt(each) << 3n))
  const digest = dropped.digest ?? named.join()
  return { name, inbox, family, stamp, asOf: stamp, digest, parts: [{ part, catalogue, scope, named: hashes }] }
}

const open = (): Sets => new Sets(createMemoryStore(), 'main')

/** Folder and names of the files of every set. */
async function contentsOf(sets: Sets): Promise<unknown> {
  const all = await sets.all()
  return Promise.all(all.map(async ({ key, folder }) => [folder, (await sets.files(key)).map(({ name }) => name)]))
}

/** Closes a set as the service does, without marking; what is concluded on is listed by small numbers. */
async function close(sets: Sets, set: FileSet, now = RUN): Promise<{ closing: Closing; leftOut: unknown }> {
  const files = await sets.statedFiles(set.key)
  const trouble = await sets.troubleOf(set, files, 10 * MINUTE)
  const closing = closeSet(set, files, await sets.baselines(), trouble)
  const closed = [{ ...set, closedAt: now, verdicts: closing.verdicts }]
  await sets.settle({ closed, baselines: [...closing.baselines.values()], now })
  const leftOut = closing.catalogues.map(({ catalogue, leftOut: { import: products, offers } }) => [
    catalogue,
    [...products].map((hash) => Number(hash >> 3n)),
    [...offers].map((hash) => Number(hash >> 3n)),
  ])
  return { closing, leftOut }
}

it('groups native files by inbox, folder and stamp', async () => {
  const sets = open()
  await sets.note(note('a/import0_1.xml'), 1)
  await sets.note(note('a/offers0_1.xml'), 2)
  await sets.note(note('b/import0_1.xml'), 3)
  await sets.note(note('a/import0_1.xml', { stamp: RUN + 1000 }), 4)
  await sets.note(note('a/import0_1.xml', { inbox: 'other' }), 5)

  expect(await contentsOf(sets)).toEqual([
    ['a', ['a/import0_1.xml', 'a/offers0_1.xml']],
    ['b', ['b/import0_1.xml']],
    ['a', ['a/import0_1.xml']],
    ['a', ['a/import0_1.xml']],
  ])
})

it('groups files of the 1C-Bitrix module by root and gap, packages of two runs interleaved', async () => {
  const sets = open()
  const c = (name: string, minute: number): FileNote => note(name, { family: 'C', stamp: RUN + minute * MINUTE })
  await sets.note(c('web/01/import___a1.xml', 0), 1)
  await sets.note(c('web/01/goods/7/import___b2.xml', -60), 2)
  await sets.note(c('web/01/goods/1/import___c3.xml', 4), 3)
  await sets.note(c('web/01/goods/7/prices___d4.xml', -58), 4)
  await sets.note(c('web/01/goods/1/rests___e5.xml', 13), 5)
  await sets.note(c('web/02/goods/1/rests___f6.xml', 13), 6)

  expect(await contentsOf(sets)).toEqual([
    ['web/01', ['web/01/goods/7/import___b2.xml', 'web/01/goods/7/prices___d4.xml']],
    ['web/01', ['web/01/goods/1/import___c3.xml', 'web/01/goods/1/rests___e5.xml', 'web/01/import___a1.xml']],
    ['web/02', ['web/02/goods/1/rests___f6.xml']],
  ])
})

it('noting a file twice is noting it once; another content under its name in the same run is told', async () => {
  const sets = open()
  const once = await sets.note(note('import0_1.xml'), 1)
  await sets.note(note('import0_1.xml'), 2)
  const [file] = await sets.files(once.key)
  expect(file?.overwritten).toBeUndefined()
  expect(await sets.all()).toHaveLength(1)

  await sets.note(note('import0_1.xml', { digest: 'other' }), 3)
  await sets.note(note('import0_1.xml', { digest: 'other' }), 4)
  expect((await sets.files(once.key)).map(({ overwritten }) => overwritten)).toEqual([true])
})

it('what a full set leaves out of what was stated since the last one is left out, and a delta leaves out nothing', async () => {
  const sets = open()
  await close(sets, await sets.note(note('import0_1.xml', { named: [1, 2, 3] }), 1))
  const delta = note('import0_1.xml', { stamp: RUN + 1, scope: 'delta', named: [4] })
  expect((await close(sets, await sets.note(delta, 2))).leftOut).toEqual([['k', [], []]])

  const full = await sets.note(note('import0_1.xml', { stamp: RUN + 2, named: [2, 3] }), 3)
  expect((await close(sets, full)).leftOut).toEqual([['k', [1, 4], []]])
  // The set that was closed last is what the next one is compared with.
  const again = await sets.note(note('import0_1.xml', { stamp: RUN + 3, named: [3] }), 4)
  expect((await close(sets, again)).leftOut).toEqual([['k', [2], []]])
})

it('an incomplete set leaves out nothing, and neither does one that is older than the last full one', async () => {
  const sets = open()
  await close(sets, await sets.note(note('import0_1.xml', { named: [1, 2, 3] }), 1))
  await sets.note(note('import0_1.xml', { stamp: RUN + 5, named: [1] }), 2)
  const gap = await sets.note(note('import0_3.xml', { stamp: RUN + 5, scope: 'delta', named: [2] }), 3)
  expect((await close(sets, gap)).leftOut).toEqual([['k', [], []]])

  const older = await sets.note(note('import0_1.xml', { stamp: RUN - 5, named: [9] }), 4)
  expect((await close(sets, older)).leftOut).toEqual([['k', [], []]])
})

it('an export of goods that used to have offers behind them, and has none, stopped halfway', async () => {
  const sets = open()
  await sets.note(note('import0_1.xml', { named: [1, 2] }), 1)
  await close(sets, await sets.note(note('offers0_1.xml', { named: [1, 2] }), 2))
  const halfway = await sets.note(note('import0_1.xml', { stamp: RUN + 1, named: [1] }), 3)

  const { closing, leftOut } = await close(sets, halfway)

  expect(closing.verdicts.map(({ is }) => is)).toEqual(['incomplete'])
  expect(leftOut).toEqual([['k', [], []]])
})

it('a broken file keeps its set from being whole; a good one of its name mends it', async () => {
  const sets = open()
  await sets.note(note('import0_1.xml', { named: [1, 2] }), 1)
  const broken = { name: 'import0_2.xml', inbox: 'in', family: 'A', stamp: RUN, asOf: RUN, code: 'xml.truncated' }
  await sets.noteBroken(broken, 2)
  const [set] = await sets.all()
  const isOf = async (): Promise<unknown> => {
    const files = await sets.statedFiles(set?.key ?? '')
    return closeSet(set as FileSet, files, [], undefined).verdicts.map(({ is }) => is)
  }
  expect(await isOf()).toEqual(['incomplete'])

  await sets.note(note('import0_2.xml', { scope: 'delta', named: [3] }), 3)
  expect(await isOf()).toEqual(['full'])
})

it('a broken file that nobody can read may belong to every set open then or soon after, of its inbox', async () => {
  const sets = open()
  const before = await sets.note(note('import0_1.xml'), 0)
  const other = await sets.note(note('import0_1.xml', { inbox: 'other' }), 0)
  const unreadable = {
    name: 'import0_2.xml',
    inbox: 'in',
    family: null,
    stamp: undefined,
    asOf: 0,
    code: 'xml.not_xml',
  }
  await sets.noteBroken(unreadable, MINUTE)
  const soon = await sets.note(note('import0_1.xml', { stamp: RUN + 1 }), 5 * MINUTE)
  const late = await sets.note(note('import0_1.xml', { stamp: RUN + 2 }), 12 * MINUTE)

  const UNREAD = 'import0_2.xml went to quarantine unread'
  const troubles = [before, other, soon, late].map((set) => sets.troubleOf(set, [], 10 * MINUTE))
  expect(await Promise.all(troubles)).toEqual([UNREAD, undefined, UNREAD, undefined])

  await sets.note(note('import0_2.xml', { scope: 'delta' }), 6 * MINUTE)
  expect(await sets.troubleOf(before, await sets.files(before.key), 10 * MINUTE)).toBeUndefined()
})

it('a file that was lost may belong to every set of then; a good archive of its name mends one that nobody could read', async () => {
  const sets = open()
  const set = await sets.note(note('import0_1.xml'), MINUTE)
  await sets.troubles.note({ inbox: 'in', name: 'import0_2.xml', at: 2 * MINUTE, why: 'gone' })
  expect(await sets.troubleOf(set, [], 0)).toBe('import0_2.xml vanished from the inbox before it was taken')

  const other = await sets.note(note('import0_1.xml', { inbox: 'other' }), MINUTE)
  await sets.troubles.note({ inbox: 'other', name: 'all.zip', at: 2 * MINUTE })
  expect(await sets.troubleOf(other, await sets.files(other.key), 0)).toBe('all.zip went to quarantine unread')
  const mended = await sets.note(note('all.zip!import0_1.xml', { inbox: 'other' }), 3 * MINUTE)
  expect(await sets.troubleOf(mended, await sets.files(mended.key), 0)).toBeUndefined()
})

it.each<[string, FileNote, boolean]>([
  ['before its last file was taken', { ...note('import0_1.xml', { stamp: RUN + 1 }), seenAt: 15 }, true],
  ['when its files were taken', { ...note('import0_1.xml', { stamp: RUN + 1 }), seenAt: 20 }, false],
  ['under other names', { ...note('import1_1.xml', { stamp: RUN + 1 }), seenAt: 15 }, false],
  ['in another folder', { ...note('b/import0_1.xml', { stamp: RUN + 1 }), seenAt: 15 }, false],
  ['as an older one', { ...note('import0_1.xml', { stamp: RUN - 1 }), seenAt: 15 }, false],
])('the next run that was there %s may have written over its files: %o', async (_what, next, isOvertaken) => {
  const sets = open()
  await sets.note({ ...note('import0_1.xml'), seenAt: 1, takenAt: 10 }, 10)
  const set = await sets.note({ ...note('import0_2.xml', { scope: 'delta' }), seenAt: 2, takenAt: 20 }, 20)
  await sets.note(next, 30)

  expect(await sets.troubleOf(set, await sets.files(set.key), 0)).toBe(isOvertaken ? OVERTAKEN : undefined)
})

it('is closed by a newer run that came after it, or when its inbox is quiet', async () => {
  const sets = open()
  const quiet = { since: 0, setQuiet: 10 * MINUTE, now: MINUTE }
  const first = await sets.note(note('import0_1.xml'), 1)
  expect(whyClosed(first, await sets.all(), quiet)).toBeUndefined()
  expect(whyClosed(first, await sets.all(), { ...quiet, now: 10 * MINUTE })).toBe('quiet')

  await sets.note(note('import0_1.xml', { stamp: RUN + 1 }), 2)
  expect(whyClosed(first, await sets.all(), quiet)).toBe('newer')
  // A late file of the older run: more of it may follow.
  const late = await sets.note(note('import0_2.xml', { scope: 'delta' }), 3)
  expect(whyClosed(late, await sets.all(), quiet)).toBeUndefined()
})

it('a file that comes late opens its set again; the same file once more does not', async () => {
  const sets = open()
  const set = await sets.note(note('import0_1.xml', { named: [1] }), 1)
  await close(sets, set)
  expect((await sets.note(note('import0_1.xml', { named: [1] }), 2)).closedAt).toBe(RUN)

  const late = await sets.note(note('import0_2.xml', { scope: 'delta', named: [2] }), 3)

  expect(late.closedAt).toBeUndefined()
  const { closing } = await close(sets, late)
  const stated = closing.baselines.get(baselineKey({ inbox: 'in', catalogue: 'k', part: 'import' }))
  expect([...unpackHashes(stated?.named ?? '')]).toEqual([8n, 16n])
})

it('knows what others state: other catalogues and inboxes, open sets included, and nothing that waits', async () => {
  const sets = open()
  const baseline = (inbox: string, catalogue: string, named: bigint[], pending: bigint[]): Baseline => ({
    inbox,
    catalogue,
    part: 'import',
    named: packHashes(hashList(named)),
    count: named.length,
    at: 1,
    pending: packHashes(hashList(pending)),
  })
  const known = [baseline('in', 'k', [8n], []), baseline('in', 'l', [16n], [24n]), baseline('out', 'k', [32n], [])]
  const set = await sets.note(note('import0_1.xml', { inbox: 'out', named: [5] }), 1)
  const files = await sets.statedFiles(set.key)

  const own = { inbox: 'in', catalogue: 'k', part: 'import' } as const
  expect([...statedElsewhere(own, known, [{ set, files }])]).toEqual([16n, 32n, 40n])
})

it('how full a portion is, a set shows that may itself have been cut off', async () => {
  const sets = open()
  await sets.note(note('import0_1.xml', { named: [1, 2] }), 1)
  await close(sets, await sets.note(note('import0_2.xml', { scope: 'delta', named: [3, 4] }), 2))

  const { closing, leftOut } = await close(
    sets,
    await sets.note(note('import0_1.xml', { stamp: RUN + 1, named: [1, 2] }), 3),
  )

  expect(closing.verdicts.map(({ is }) => is)).toEqual(['incomplete'])
  expect(leftOut).toEqual([['k', [], []]])
})

it('a catalogue that its inbox has not stated for a month outlives no complete full set of another one', async () => {
  const sets = open()
  await close(sets, await sets.note(note('import0_1.xml', { catalogue: 'old', named: [1] }), 0))
  await close(sets, await sets.note(note('import0_1.xml', { inbox: 'other', named: [1] }), 0))
  const set = await sets.note(note('import0_1.xml', { stamp: RUN + 1, named: [2] }), STATED_KEPT + 1)
  const known = await sets.baselines()
  const closing = closeSet(set, await sets.statedFiles(set.key), known, undefined)

  const names = (now: number): string[] => outlived(set, closing, known, now).map(({ catalogue }) => catalogue)
  expect(names(STATED_KEPT)).toEqual([])
  expect(names(STATED_KEPT + 1)).toEqual(['old'])

  await sets.settle({ forgotten: outlived(set, closing, known, STATED_KEPT + 1), now: STATED_KEPT + 1 })
  expect((await sets.baselines()).map(({ inbox }) => inbox)).toEqual(['other'])
})

it('what may have stopped behind a full portion leaves nothing out, be it the only one', async () => {
  const sets = open()
  const first = { named: [1, 2, 3] }
  await sets.note(note('offers0_1.xml', first), 1)
  await close(sets, await sets.note(note('offers0_2.xml', { scope: 'delta', named: [4] }), 2))

  const cut = await close(sets, await sets.note(note('offers0_1.xml', { ...first, stamp: RUN + 1 }), 3))
  const whole = await close(sets, await sets.note(note('offers0_1.xml', { named: [1, 2], stamp: RUN + 2 }), 4))

  expect([cut.leftOut, whole.leftOut]).toEqual([[['k', [], []]], [['k', [], [3, 4]]]])
})

it('tells times that the clock has not reached yet apart, and forgets a trouble of such a time', async () => {
  const sets = open()
  const DAY = 1440 * MINUTE
  const unreadable = { name: 'a.xml', inbox: 'in', family: null, stamp: undefined, asOf: 0, code: 'xml.not_xml' }
  await sets.noteBroken(unreadable, 10 * DAY)
  const set = await sets.note(note('import0_1.xml'), MINUTE)

  expect(await sets.lastFile('in', 2 * MINUTE)).toEqual({ past: MINUTE, ahead: 10 * DAY })
  expect(await sets.troubleOf(set, [], MINUTE)).toBe('a.xml went to quarantine unread')
  await close(sets, set, 2 * MINUTE)
  expect(await sets.troubleOf(set, [], MINUTE)).toBeUndefined()
  expect(await sets.lastFile('in', 2 * MINUTE)).toEqual({ past: MINUTE })
})

it('forgets old closed sets with their files, never open ones', async () => {
  const sets = open()
  const kept = await sets.note(note('import0_1.xml', { stamp: RUN - 1 }), 1)
  for (let i = 0; i < 20; i++) {
    await close(sets, await sets.note(note('import0_1.xml', { stamp: RUN + i }), 2 + i))
  }
  const all = await sets.all()
  expect(all[0]?.key).toBe(kept.key)
  expect(all.length).toBeLessThanOrEqual(14)
  const [, oldest] = all
  expect((oldest?.from ?? 0) >= RUN + 7).toBe(true)
})

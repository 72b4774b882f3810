import { spawn } from 'node:child_process'
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

import { beforeEach, describe, expect, it } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import type { Clock } from '../../core/clock.ts'
import type { Files } from '../../core/files.ts'
import { createFiles } from '../../state/disk.ts'
import { archive, listArchive, pruneArchive } from './archive.ts'
import { claim, giveBack, isUntouched, orphans, type Claim, type ClaimOptions, type TakenFiles } from './claim.ts'
import { listQuarantine, quarantine, releaseQuarantined } from './quarantine.ts'
import type { ReadyFile } from './settle.ts'

const files = createFiles()
const NOON = Date.UTC(2026, 0, 31, 21, 30)
const clock: Clock = { now: () => NOON, fromReal: (ms) => ms, sleep: () => Promise.resolve() }
const signal = new AbortController().signal
const HERE = JSON.stringify(new URL('.', import.meta.url).href)

describe('a claim', () => {
  const folder = testFolders()
  let root: string
  let inbox: string
  let options: ClaimOptions

  beforeEach(() => {
    root = folder()
    inbox = join(root, 'inbox')
    options = { exchange: 'main', take: 'move', workFolder: join(root, 'work'), runId: 'r1', files, clock, signal }
  })

  function drop(name = 'webdata/a.xml', text = '<a/>'): ReadyFile {
    const path = join(inbox, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    const { size, mtimeMs, ino } = lstatSync(path)
    return { inbox, path, name, size, mtimeMs, ino, firstSeen: 7 }
  }

  async function take(ready: ReadyFile, changes: Partial<ClaimOptions> = {}): Promise<Claim> {
    const result = await claim(ready, { ...options, ...changes })
    if (result.state !== 'claimed') throw new Error(result.state)
    return result.claim
  }

  /** Every file below a folder of the test, without records and reasons. */
  function inputs(below = ''): string[] {
    if (!existsSync(join(root, below))) return []
    const all = readdirSync(join(root, below), { recursive: true, encoding: 'utf8' })
    return all.filter((name) => name.endsWith('.xml')).sort()
  }

  it('moves the file and writes down where it came from', async () => {
    const ready = drop()

    const claimed = await take(ready)

    expect(claimed).toEqual({
      run: 'r1',
      exchange: 'main',
      inbox,
      name: 'webdata/a.xml',
      take: 'move',
      size: 4,
      mtimeMs: ready.mtimeMs,
      ino: ready.ino,
      firstSeen: 7,
      claimedAt: NOON,
      tries: 0,
      folder: join(root, 'work', 'r1'),
      path: join(root, 'work', 'r1', 'webdata', 'a.xml'),
      state: { size: 4, mtimeMs: ready.mtimeMs, ino: ready.ino, ctimeMs: expect.any(Number) },
    })
    expect(inputs()).toEqual(['work/r1/webdata/a.xml'])
    expect(await isUntouched(claimed)).toBe(true)
  })

  it('writes the record before the file moves', async () => {
    const order: string[] = []
    const watched: Files = {
      ...files,
      writeAtomic: async (path, data) => void order.push('record', String(await files.writeAtomic(path, data))),
      move: async (from, to) => void order.push('move', String(await files.move(from, to))),
    }

    await take(drop(), { files: watched })

    expect(order.filter((word) => word !== 'undefined')).toEqual(['record', 'move'])
  })

  it('leaves a file in the inbox that changed after it settled, or tells that it is gone', async () => {
    const ready = drop()
    appendFileSync(ready.path, ' ')
    expect(await claim(ready, options)).toEqual({ state: 'returned' })
    expect(inputs()).toEqual(['inbox/webdata/a.xml'])

    await files.remove(ready.path)
    expect(await claim(ready, options)).toEqual({ state: 'gone' })
    expect(readdirSync(root)).toEqual(['inbox'])
  })

  it('gives a file back that is written to while it moves', async () => {
    const ready = drop()
    const late: Files = {
      ...files,
      async move(from, to) {
        await files.move(from, to)
        if (to.startsWith(join(root, 'work'))) appendFileSync(to, 'more')
      },
    }

    const result = await claim(ready, { ...options, files: late })

    expect(result).toEqual({ state: 'returned' })
    expect(readFileSync(ready.path, 'utf8')).toBe('<a/>more')
    expect(readdirSync(join(root, 'work'))).toEqual([])
  })

  it('notices that a file is written to while it is read, and gives it back', async () => {
    const claimed = await take(drop())
    appendFileSync(claimed.path, 'more')

    expect(await isUntouched(claimed)).toBe(false)
    await giveBack(claimed, files)

    expect(inputs()).toEqual(['inbox/webdata/a.xml'])
    expect(readdirSync(join(root, 'work'))).toEqual([])
  })

  it('gives back beside a newer file of the same name', async () => {
    const claimed = await take(drop('a.xml', '<old/>'))
    drop('a.xml', '<new/>')
    drop('a~2.xml', '<other/>')

    await giveBack(claimed, files)

    expect(readFileSync(join(inbox, 'a.xml'), 'utf8')).toBe('<new/>')
    expect(readFileSync(join(inbox, 'a~3.xml'), 'utf8')).toBe('<old/>')
  })

  it('says that it may not move the file', async () => {
    const refused = (): Promise<never> => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))

    const result = claim(drop(), { ...options, files: { ...files, move: refused } })

    await expect(result).rejects.toMatchObject({
      kind: 'transient',
      code: 'files.cannot_take',
      remedy: expect.any(String),
    })
    expect(inputs()).toEqual(['inbox/webdata/a.xml'])
  })

  it.skipIf(!existsSync('/dev/shm'))('takes files from another file system', async () => {
    const ready = drop()
    const workFolder = join('/dev/shm', `obmen-work-${process.pid}`)

    const claimed = await take(ready, { workFolder })
    const untouched = await isUntouched(claimed)
    await files.remove(workFolder)

    expect([untouched, claimed.ino === claimed.state.ino, existsSync(ready.path)]).toEqual([true, false, false])
  })

  describe('by copy', () => {
    let known: Map<string, string>
    let taken: TakenFiles

    beforeEach(() => {
      known = new Map()
      taken = { get: async (key) => known.get(key), set: async (key, hash) => void known.set(key, hash) }
      options = { ...options, take: 'copy', taken }
    })

    it('leaves the file where it is and takes each content once', async () => {
      const ready = drop()

      const claimed = await take(ready)
      const again = await claim(ready, { ...options, runId: 'r2' })

      expect(again).toEqual({ state: 'known' })
      expect(inputs()).toEqual(['inbox/webdata/a.xml', 'work/r1/webdata/a.xml'])
      expect(statSync(claimed.path).mtimeMs).toBeCloseTo(ready.mtimeMs, 0)
      await giveBack(claimed, files)
      expect(inputs()).toEqual(['inbox/webdata/a.xml'])
    })

    it('takes another content of the same name, size and time', async () => {
      const first = drop()
      utimesSync(first.path, 1000, 1000)
      await take({ ...first, mtimeMs: 1_000_000 })
      writeFileSync(first.path, '<b/>')
      utimesSync(first.path, 1000, 1000)

      const second = await take({ ...first, mtimeMs: 1_000_000 }, { runId: 'r2' })

      expect(readFileSync(second.path, 'utf8')).toBe('<b/>')
    })

    it('is not known before it is safe', async () => {
      const failing = { ...files, copy: () => Promise.reject(new Error('ENOSPC')) }

      await expect(claim(drop(), { ...options, files: failing })).rejects.toThrow('ENOSPC')

      expect(known.size).toBe(0)
    })
  })

  it('ends in the archive by the day of the shop, with its record', async () => {
    const claimed = await take(drop())
    writeFileSync(join(claimed.folder, 'spool.ndjson'), '')
    const archiveFolder = join(root, 'archive')

    const path = await archive(claimed, { archiveFolder, timezone: 'Europe/Moscow', files })

    expect(path).toBe(join(archiveFolder, 'main', '2026-02-01', '003000-r1', 'webdata', 'a.xml'))
    expect(inputs()).toEqual([`archive/main/2026-02-01/003000-r1/webdata/a.xml`])
    expect(readdirSync(join(root, 'work'))).toEqual([])
    const { folder: _f, path: _p, state: _s, ...record } = claimed
    expect(await listArchive(archiveFolder, 'main')).toEqual([{ ...record, folder: join(path, '..', '..'), path }])
  })

  it('never overwrites one archived file with another', async () => {
    const archiveFolder = join(root, 'archive')
    for (const runId of ['r1', 'r2']) {
      await archive(await take(drop('a.xml', `<${runId}/>`), { runId }), { archiveFolder, timezone: 'UTC', files })
    }

    expect(inputs('archive').map((name) => readFileSync(join(archiveFolder, name), 'utf8'))).toEqual(['<r1/>', '<r2/>'])
  })

  it('is pruned from the archive by age, unless it is wanted', async () => {
    const archiveFolder = join(root, 'archive')
    for (const [runId, at] of [
      ['old', NOON - 2],
      ['kept', NOON - 1],
      ['young', NOON],
    ] as const) {
      const claimed = await take(drop(`${runId}.xml`), { runId, clock: { ...clock, now: () => at } })
      await archive(claimed, { archiveFolder, timezone: 'UTC', files })
    }

    const removed = await pruneArchive(archiveFolder, 'main', NOON, files, ({ run }) => run === 'kept')

    expect(removed).toBe(1)
    expect((await listArchive(archiveFolder, 'main')).map(({ run }) => run)).toEqual(['kept', 'young'])
    await pruneArchive(archiveFolder, 'main', NOON + 1, files)
    expect(readdirSync(join(archiveFolder, 'main'))).toEqual([])
  })

  it('ends in quarantine with a reason for people and for programs', async () => {
    const claimed = await take(drop())
    const quarantineFolder = join(root, 'quarantine')
    const reason = {
      code: 'xml.not_closed',
      message: 'reading a.xml: the element is not closed',
      what: 'Элемент «Товар» не закрыт.',
      todo: 'Повторите выгрузку.',
      place: { file: 'a.xml', line: 12, column: 5 },
    }

    const put = await quarantine(claimed, reason, { quarantineFolder, timezone: 'Europe/Moscow', files })

    expect(inputs()).toEqual(['quarantine/2026-02-01/r1/webdata/a.xml'])
    expect(await listQuarantine(quarantineFolder)).toEqual([put])
    expect(readFileSync(join(put.folder, 'reason.txt'), 'utf8').split('\r\n')).toEqual([
      '\uFEFFФайл webdata/a.xml отложен и не загружен: ни целиком, ни частично.',
      '',
      'Когда: 2026-02-01 00:30',
      `Откуда: ${inbox}`,
      'Что случилось: Элемент «Товар» не закрыт.',
      'Где: файл a.xml, строка 12, позиция 5',
      'Что делать: Повторите выгрузку.',
      '',
      'Если файл исправлен или отложен по ошибке, верните его в обмен: obmen quarantine release r1',
      'Код причины: xml.not_closed',
      '',
    ])

    expect(await releaseQuarantined(put, files)).toBe(join(inbox, 'webdata', 'a.xml'))
    expect(await listQuarantine(quarantineFolder)).toEqual([])
  })

  it('left by a dead process is found again, oldest first, with one more try', async () => {
    const young = await take(drop('young.xml'), { runId: 'a' })
    const old = await take(drop('old.xml'), { runId: 'b', clock: { ...clock, now: () => NOON - 1 } })
    mkdirSync(join(root, 'work', 'look-1'))
    writeFileSync(join(root, 'work', 'look-1', 'spool.ndjson'), '')
    mkdirSync(join(root, 'work', 'by-hand'))
    writeFileSync(join(root, 'work', 'by-hand', 'x.xml'), '')

    const first = await orphans(join(root, 'work'), files)
    const second = await orphans(join(root, 'work'), files)

    expect(first).toEqual([
      { ...old, tries: 1 },
      { ...young, tries: 1 },
    ])
    expect(second.map(({ tries }) => tries)).toEqual([2, 2])
    expect(readdirSync(join(root, 'work')).sort()).toEqual(['a', 'b', 'by-hand'])
    expect(await orphans(join(root, 'nothing'), files)).toEqual([])
  })

  it('whose record cannot be read is left for a person', async () => {
    const claimed = await take(drop())
    writeFileSync(join(claimed.folder, 'claim.json'), '{')

    await expect(orphans(join(root, 'work'), files)).rejects.toMatchObject({
      kind: 'fatal',
      code: 'files.claim_broken',
    })
    expect(inputs()).toEqual(['work/r1/webdata/a.xml'])
  })

  it('keeps its file in exactly one place, wherever the process is killed', async () => {
    const ready = drop()
    const program = `
      const { claim } = await import(${HERE} + 'claim.ts')
      const { archive } = await import(${HERE} + 'archive.ts')
      const { createFiles } = await import(${HERE} + '../../state/disk.ts')
      const { failpointFromEnvironment } = await import(${HERE} + '../../state/failpoint.ts')
      const { lstatSync } = await import('node:fs')
      const [, root, point] = process.argv
      const ready = ${JSON.stringify({ ...ready, inbox: '', path: '' })}
      ready.inbox = root + '/inbox'
      ready.path = root + '/inbox/' + ready.name
      Object.assign(ready, (({ size, mtimeMs, ino }) => ({ size, mtimeMs, ino }))(lstatSync(ready.path)))
      const files = createFiles({ failpoint: failpointFromEnvironment({ OBMEN_FAILPOINT: 'kill:' + point }) })
      const clock = { now: () => ${NOON}, fromReal: (ms) => ms, sleep: async () => {} }
      const signal = new AbortController().signal
      const result = await claim(ready, { exchange: 'main', take: 'move', workFolder: root + '/work', runId: 'r1', files, clock, signal })
      await archive(result.claim, { archiveFolder: root + '/archive', timezone: 'UTC', files })
      console.log('finished')`

    /** Kills at one point, then starts again; resolves to the places after each of the two. */
    async function killedAt(point: number): Promise<{ finished: boolean; killed: string[]; recovered: string[] }> {
      const home = folder()
      const path = join(home, 'inbox', ready.name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, '<a/>')
      const child = spawn(process.execPath, [
        '--import',
        'tsx',
        '--input-type=module',
        '-e',
        program,
        home,
        String(point),
      ])
      let output = ''
      child.stdout.on('data', (data: Buffer) => (output += data.toString()))
      await new Promise((resolve) => child.on('close', resolve))
      const list = (): string[] =>
        readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.xml'))
      const killed = list()
      for (const orphan of await orphans(join(home, 'work'), files)) {
        await archive(orphan, { archiveFolder: join(home, 'archive'), timezone: 'UTC', files })
      }
      return { finished: output.includes('finished'), killed, recovered: list() }
    }

    // Hits come in pairs, before and after a step; before a step is after the last one.
    const results = []
    for (let point = 1; point < 60; point += 8) {
      results.push(...(await Promise.all([0, 2, 4, 6].map((more) => killedAt(point + more)))))
      if (results.at(-1)?.finished === true) break
    }

    expect(results.map(({ killed, recovered }) => [killed.length, recovered.length])).toEqual(results.map(() => [1, 1]))
    const places = new Set(results.map(({ killed }) => killed[0]?.split('/')[0]))
    expect(places).toEqual(new Set(['inbox', 'work', 'archive']))
    expect(results.filter(({ finished }) => !finished).length).toBeGreaterThan(8)
    for (const { recovered } of results) expect(recovered[0]).toMatch(/^(inbox|archive)\//)
  })
})

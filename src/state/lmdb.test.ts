import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import { openLmdbStore } from './open.ts'

const MODULE = JSON.stringify(new URL('./open.ts', import.meta.url).href)
const LMDB = JSON.stringify(import.meta.resolve('lmdb'))

/** Runs code in another process; `openLmdbStore` and `folder` are at hand. */
function inChild(
  folder: string,
  code: string,
  env: Record<string, string> = {},
): { signal: string | null; output: string } {
  const program = `
    const { openLmdbStore } = await import(${MODULE})
    const { failpointFromEnvironment } = await import(${JSON.stringify(new URL('./failpoint.ts', import.meta.url).href)})
    const folder = ${JSON.stringify(folder)}
    ${code}`
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return { signal: child.signal, output: `${child.stdout}${child.stderr}` }
}

describe('the LMDB store', () => {
  const folder = testFolders()

  async function filled(): Promise<string> {
    const path = folder()
    const store = await openLmdbStore({ folder: path })
    store.namespace('ledger')
    await store.commit([
      { namespace: 'ledger', set: Array.from({ length: 3000 }, (_, i) => [`k${i}`, 'x'.repeat(500)] as const) },
      { namespace: 'fp', set: [['a', 5n]] },
    ])
    await store.close()
    return path
  }

  it('is the same store after a restart', async () => {
    const path = await filled()
    const first = readFileSync(join(path, 'generation'), 'utf8').trim()

    const store = await openLmdbStore({ folder: path })

    expect(store.generation).toBe(first)
    expect(await Promise.all(['ledger', 'fp', 'other'].map((name) => store.mark(name)))).toEqual([
      'known',
      'known',
      'new',
    ])
    expect(await store.namespace('ledger').count()).toBe(3000)
    expect(await store.fingerprints('fp').getMany(['a'])).toEqual([5n])
    await store.close()
  })

  it('notices a namespace that lost its mark, until something is committed to it', async () => {
    const path = await filled()
    const emptied = inChild(
      path,
      `const { open } = await import(${LMDB})
       const root = open({ path: folder, noSubdir: false, maxDbs: 512, encoding: 'string', keyEncoding: 'binary' })
       root.openDB({ name: 'ledger', encoding: 'string', keyEncoding: 'binary' }).clearSync()
       await root.close()`,
    )
    expect(emptied.output).not.toContain('Error')

    const store = await openLmdbStore({ folder: path })
    store.namespace('ledger')
    const before = await store.mark('ledger')
    await store.commit([{ namespace: 'ledger', set: [['a', 1]] }])
    const after = await store.mark('ledger')
    await store.close()

    expect([before, after]).toEqual(['lost', 'known'])
  })

  it('names a foreign, a cut-off and a missing data file instead of dying of it', async () => {
    const path = await filled()
    const data = join(path, 'data.mdb')
    const opening = (): Promise<unknown> => openLmdbStore({ folder: path })

    truncateSync(data, 40_960)
    await expect(opening()).rejects.toMatchObject({ kind: 'fatal', code: 'state.corrupt', remedy: expect.any(String) })
    writeFileSync(data, 'abc')
    await expect(opening()).rejects.toMatchObject({ code: 'state.corrupt' })
    writeFileSync(data, Buffer.alloc(20_000, 7))
    await expect(opening()).rejects.toMatchObject({ code: 'state.corrupt' })
    rmSync(data)
    await expect(opening()).rejects.toMatchObject({
      code: 'state.missing',
      remedy: expect.stringContaining('generation'),
    })
  })

  it('begins anew when a person says that the old store is gone', async () => {
    const path = await filled()
    rmSync(join(path, 'data.mdb'))
    rmSync(join(path, 'generation'))

    const store = await openLmdbStore({ folder: path })

    expect(await store.mark('ledger')).toBe('new')
    await store.close()
  })

  it('refuses the data file of another folder', async () => {
    const [one, other] = [await filled(), await filled()]
    copyFileSync(join(other, 'data.mdb'), join(one, 'data.mdb'))

    await expect(openLmdbStore({ folder: one })).rejects.toMatchObject({
      kind: 'fatal',
      code: 'state.wrong_generation',
    })
  })

  it('refuses a folder that cannot be made', async () => {
    const file = join(folder(), 'file')
    writeFileSync(file, '')

    await expect(openLmdbStore({ folder: join(file, 'state') })).rejects.toMatchObject({ code: 'state.not_writable' })
  })

  it('makes nothing when it is only to be read', async () => {
    const path = join(folder(), 'state')

    const opening = openLmdbStore({ folder: path, readOnly: true })

    await expect(opening).rejects.toMatchObject({ kind: 'fatal', code: 'state.missing' })
    expect(existsSync(path)).toBe(false)
  })

  it('can be read by another process, which sees what was committed and writes nothing', async () => {
    const path = folder()
    const store = await openLmdbStore({ folder: path })
    store.namespace('ledger')
    await store.commit([
      {
        namespace: 'ledger',
        set: [
          ['a', { n: 1 }],
          ['b', 2],
        ],
      },
    ])

    const reader = inChild(
      path,
      `const store = await openLmdbStore({ folder, readOnly: true })
       const space = store.namespace('ledger')
       const seen = []
       for await (const entry of space.entries()) seen.push(entry)
       const other = store.namespace('not.yet')
       const none = [await other.get('a'), await other.count(), (await store.fingerprints('no.prints').getMany(['a']))[0] ?? null]
       const refused = await store.commit([{ namespace: 'ledger', set: [['a', 0]] }]).catch((e) => e.code)
       console.log(JSON.stringify({ seen, none, count: await space.count(), mark: await store.mark('ledger'), refused }))
       await store.close()`,
    )

    expect(JSON.parse(reader.output)).toEqual({
      seen: [
        ['a', { n: 1 }],
        ['b', 2],
      ],
      none: [null, 0, null],
      count: 2,
      mark: 'known',
      refused: 'state.failed',
    })
    expect(await store.namespace('ledger').get('a')).toEqual({ n: 1 })
    await store.close()
  })

  for (const [n, sees] of [
    [1, 'nothing'],
    [2, 'all'],
  ] as const) {
    it(`holds ${sees} of a commit whose process was killed ${n === 1 ? 'before' : 'after'} it`, async () => {
      const path = folder()
      const killed = inChild(
        path,
        `const store = await openLmdbStore({ folder, failpoint: { hit: (name) => name === 'commit' && point.hit(name) } })
         const point = failpointFromEnvironment(process.env)
         await store.commit([{ namespace: 'a', set: [['k', 1]] }, { namespace: 'b', set: [['k', 1n]] }])`,
        { OBMEN_FAILPOINT: `kill:${n}` },
      )

      const store = await openLmdbStore({ folder: path })
      const found = [await store.namespace('a').get('k'), (await store.fingerprints('b').getMany(['k']))[0]]
      const marks = [await store.mark('a'), await store.mark('b')]
      await store.close()

      expect(killed.signal).toBe('SIGKILL')
      expect(found).toEqual(n === 1 ? [undefined, undefined] : [1, 1n])
      expect(marks).toEqual(n === 1 ? ['new', 'new'] : ['known', 'known'])
    })
  }
})

import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import { createFiles } from './disk.ts'
import { failpointFromEnvironment } from './failpoint.ts'

/** No process has it: Linux counts to 4,194,304, the others less. */
const DEAD_PID = 2_147_483_646
/** A second file system that every Linux has. */
const ELSEWHERE = '/dev/shm'

describe('files', () => {
  const folder = testFolders()
  const files = createFiles()

  it('writes whole files into folders that did not exist, over what was there', async () => {
    const path = join(folder(), 'a', 'b', 'f.txt')

    await files.writeAtomic(path, 'old')
    await files.writeAtomic(path, Buffer.from('new'))

    expect(readFileSync(path, 'utf8')).toBe('new')
    expect(readdirSync(join(path, '..'))).toEqual(['f.txt'])
  })

  it('removes the temporary files of dead writers and of nobody else', async () => {
    const path = folder()
    for (const name of [
      `.f.${DEAD_PID}-1.tmp`,
      `.f.${DEAD_PID}.tmp`,
      `.f.${process.pid}-77.tmp`,
      `.f.${process.ppid}-1.tmp`,
    ]) {
      writeFileSync(join(path, name), '')
    }
    writeFileSync(join(path, `.other.${DEAD_PID}-1.tmp`), '')

    await files.writeAtomic(join(path, 'f'), 'x')

    expect(readdirSync(path).sort()).toEqual([`.f.${process.ppid}-1.tmp`, `.other.${DEAD_PID}-1.tmp`, 'f'])
  })

  it('leaves the old file and no temporary one when writing fails', async () => {
    const path = join(folder(), 'f')
    mkdirSync(join(path, 'full'), { recursive: true })

    await expect(files.writeAtomic(path, 'x')).rejects.toThrow()

    expect(readdirSync(join(path, '..'))).toEqual(['f'])
  })

  it('lets neighbours write one path at once', async () => {
    const path = join(folder(), 'f')

    await Promise.all(Array.from({ length: 10 }, (_, i) => files.writeAtomic(path, String(i).repeat(1000))))

    expect(readFileSync(path, 'utf8')).toMatch(/^(\d)\1{999}$/)
    expect(readdirSync(join(path, '..'))).toEqual(['f'])
  })

  it('writes names as long as the file system takes', async () => {
    const path = join(folder(), `${'я'.repeat(120)}.xml`)

    await files.writeAtomic(path, 'x')

    expect(readFileSync(path, 'utf8')).toBe('x')
  })

  it('appends with a header in front of the first text only', async () => {
    const path = join(folder(), 'a', 'j.csv')

    await files.append(path, '1\n', 'head\n')
    await files.append(path, '2\n', 'head\n')

    expect(readFileSync(path, 'utf8')).toBe('head\n1\n2\n')
  })

  it('moves and copies into folders that did not exist, and removes', async () => {
    const path = folder()
    writeFileSync(join(path, 'a'), 'x')
    utimesSync(join(path, 'a'), 1000, 2000)

    await files.copy(join(path, 'a'), join(path, 'c', 'copy'))
    await files.move(join(path, 'a'), join(path, 'm', 'moved'))

    expect(existsSync(join(path, 'a'))).toBe(false)
    expect(readFileSync(join(path, 'm', 'moved'), 'utf8')).toBe('x')
    expect(statSync(join(path, 'c', 'copy')).mtimeMs).toBe(2_000_000)
    await files.remove(join(path, 'm'))
    await files.remove(join(path, 'm'))
    expect(readdirSync(path)).toEqual(['c'])
  })

  it.skipIf(!existsSync(ELSEWHERE))('moves to another file system', async () => {
    const from = join(folder(), 'a')
    const other = await mkdtemp(join(ELSEWHERE, 'obmen-test-'))
    writeFileSync(from, 'x')
    utimesSync(from, 1000, 2000)

    await files.move(from, join(other, 'deep', 'a'))

    expect([existsSync(from), readFileSync(join(other, 'deep', 'a'), 'utf8')]).toEqual([false, 'x'])
    expect(statSync(join(other, 'deep', 'a')).mtimeMs).toBe(2_000_000)
    await rm(other, { recursive: true })
  })

  it('says before and after every change which one it is', async () => {
    const path = folder()
    const log = join(path, 'log')
    const failpoint = failpointFromEnvironment({ OBMEN_FAILPOINT: `count:${log}` })
    const counted = createFiles({ failpoint, platform: 'linux' })

    await counted.writeAtomic(join(path, 'f'), 'x')
    await counted.append(join(path, 'f'), 'y')
    await counted.remove(join(path, 'f'))

    const twice = ['fsync', 'rename', 'fsync', 'append', 'fsync', 'remove'].flatMap((name) => [name, name])
    expect(readFileSync(log, 'utf8').trim().split('\n')).toEqual(twice)
  })

  it('asks for no fsync of folders on Windows', async () => {
    const path = folder()
    const hits: string[] = []
    const windows = createFiles({ failpoint: { hit: (name) => hits.push(name) }, platform: 'win32' })

    await windows.writeAtomic(join(path, 'f'), 'x')

    expect(hits).toEqual(['fsync', 'fsync', 'rename', 'rename'])
  })

  it('tries a rename again that Windows refuses for the moment', async () => {
    const path = folder()
    const waits: number[] = []
    let refusals = 3
    const windows = createFiles({
      platform: 'win32',
      clock: { now: () => 0, fromReal: (ms) => ms, sleep: async (ms) => void waits.push(ms) },
      failpoint: {
        hit(name) {
          if (name !== 'rename' || refusals === 0) return
          refusals -= 1
          throw Object.assign(new Error('held open'), { code: 'EBUSY' })
        },
      },
    })

    await windows.writeAtomic(join(path, 'f'), 'x')

    expect(waits).toHaveLength(3)
    expect(readFileSync(join(path, 'f'), 'utf8')).toBe('x')
  })

  it('has no failpoint unless asked for one', () => {
    expect(failpointFromEnvironment({})).toBeUndefined()
    expect(failpointFromEnvironment({ OBMEN_FAILPOINT: 'other:1' })).toBeUndefined()
  })
})

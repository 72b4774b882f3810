import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { testFolders } from '../../test/contract/test-folder.ts'
import { lockFolder } from './lock.ts'

const LOCK_MODULE = JSON.stringify(new URL('./lock.ts', import.meta.url).href)

/** Runs code in another process of the same source. */
function inChild(code: string): { status: number | null; output: string } {
  const child = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    encoding: 'utf8',
  })
  return { status: child.status, output: `${child.stdout}${child.stderr}` }
}

describe('the lock of a state folder', () => {
  const folder = testFolders()

  it('has one owner, until it is given back', async () => {
    const path = folder()
    const release = await lockFolder(path, { owner: 'obmen start' })

    await expect(lockFolder(path, { owner: 'obmen run' })).rejects.toMatchObject({
      kind: 'fatal',
      code: 'state.locked',
      message: expect.stringContaining(`"obmen start" with process id ${process.pid}`),
      details: { pid: process.pid, host: hostname(), path: join(path, 'obmen.lock') },
    })
    await release()
    await release()
    const again = await lockFolder(path, { owner: 'obmen run' })

    expect(JSON.parse(readFileSync(join(path, 'obmen.lock'), 'utf8'))).toMatchObject({ owner: 'obmen run' })
    await again()
    expect(readdirSync(path)).toEqual([])
  })

  it('keeps another process out while its owner lives', async () => {
    const path = folder()
    const release = await lockFolder(path, { owner: 'obmen start' })

    const child = inChild(`
      const { lockFolder } = await import(${LOCK_MODULE})
      await lockFolder(${JSON.stringify(path)}, { owner: 'second' }).catch((e) => console.log(e.code))`)

    expect(child.output).toContain('state.locked')
    await release()
  })

  it('passes from a killed owner to one of many heirs', async () => {
    const path = folder()
    inChild(`
      const { lockFolder } = await import(${LOCK_MODULE})
      await lockFolder(${JSON.stringify(path)}, { owner: 'victim' })
      process.kill(process.pid, 'SIGKILL')`)
    expect(readFileSync(join(path, 'obmen.lock'), 'utf8')).toContain('victim')

    const heirs = await Promise.allSettled(['a', 'b', 'c', 'd'].map((owner) => lockFolder(path, { owner })))

    expect(heirs.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(readdirSync(path)).toEqual(['obmen.lock'])
  })

  it.skipIf(!existsSync('/proc/self/stat'))('tells a reused process id from its owner by the start time', async () => {
    const path = folder()
    const sleeper = spawn('sleep', ['60'])
    const lock = { pid: sleeper.pid, started: 'another-boot:1', host: hostname(), owner: 'obmen start', id: 'x' }
    writeFileSync(join(path, 'obmen.lock'), JSON.stringify(lock))

    await expect(lockFolder(path, { owner: 'heir' })).resolves.toBeTypeOf('function')

    sleeper.kill()
  })

  it('takes its own process id without a start time for a leftover: containers have one id every run', async () => {
    const path = folder()
    const lock = { pid: process.pid, host: hostname(), owner: 'obmen start', id: 'x' }
    writeFileSync(join(path, 'obmen.lock'), JSON.stringify(lock))

    await expect(lockFolder(path, { owner: 'heir' })).resolves.toBeTypeOf('function')
  })

  it('never takes the lock of another machine', async () => {
    const path = folder()
    const lock = { pid: 2_147_483_646, host: 'elsewhere', owner: 'obmen start', id: 'x' }
    writeFileSync(join(path, 'obmen.lock'), JSON.stringify(lock))

    await expect(lockFolder(path, { owner: 'heir' })).rejects.toMatchObject({
      code: 'state.locked',
      message: expect.stringContaining('on elsewhere'),
      remedy: expect.stringContaining('obmen.lock'),
    })
  })

  it('takes over a lock that was never finished', async () => {
    const path = folder()
    writeFileSync(join(path, 'obmen.lock'), '{"pid":')

    await expect(lockFolder(path, { owner: 'heir' })).resolves.toBeTypeOf('function')
  })

  it('does not give back what is not its own any more', async () => {
    const path = folder()
    const release = await lockFolder(path, { owner: 'a' })
    writeFileSync(join(path, 'obmen.lock'), 'taken by hand')

    await release()

    expect(readFileSync(join(path, 'obmen.lock'), 'utf8')).toBe('taken by hand')
  })
})

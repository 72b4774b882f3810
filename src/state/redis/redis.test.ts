import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import { startRedis, withoutRedis, type PrivateRedis } from '../../../test/private-redis.ts'
import { Secret } from '../../core/secret.ts'
import { openRedisStore } from '../open.ts'
import type { Store } from '../store.ts'

describe.skipIf(withoutRedis)('the Redis store', () => {
  const folder = testFolders()
  let redis: PrivateRedis
  let prefixes = 0
  beforeAll(async () => {
    redis = await startRedis(['--maxmemory-policy', 'noeviction'])
  })
  afterAll(() => redis.close())

  interface Place {
    readonly folder: string
    readonly prefix: string
    readonly timeout?: number
  }

  const somewhere = (): Place => ({ folder: folder(), prefix: `shop-${++prefixes}` })
  const open = (place: Place): Promise<Store> => openRedisStore({ url: redis.url, ...place })
  const read = (place: Place): Promise<Store> => openRedisStore({ url: redis.url, ...place, readOnly: true })

  async function filled(place: Place): Promise<Store> {
    const store = await open(place)
    await store.commit([
      { namespace: 'ledger', set: [['a', 1]] },
      { namespace: 'fp', set: [['a', 5n]] },
    ])
    return store
  }

  async function marksOf(store: Store): Promise<string[]> {
    return Promise.all(['ledger', 'fp', 'other'].map((name) => store.mark(name)))
  }

  it('is the same store after a restart of either side', async () => {
    const place = somewhere()
    const first = await filled(place)
    const { generation } = first
    await first.close()
    await redis.stop('SIGKILL')
    await redis.start()

    const store = await open(place)

    expect([store.generation, await marksOf(store)]).toEqual([generation, ['known', 'known', 'new']])
    expect([await store.namespace('ledger').get('a'), await store.fingerprints('fp').getMany(['a'])]).toEqual([1, [5n]])
    await store.close()
  })

  it('goes on by itself when Redis was away, and throws while it is', async () => {
    const store = await filled(somewhere())
    const space = store.namespace('ledger')

    await redis.stop('SIGKILL')
    for (const ask of asks(store)) {
      await expect(ask()).rejects.toMatchObject({ kind: 'transient', code: 'state.unreachable' })
    }
    await redis.start()
    await store.commit([{ namespace: 'ledger', set: [['b', 2]] }])

    expect(await space.getMany(['a', 'b'])).toEqual([1, 2])
    await store.close()
  })

  it('gives a call up that Redis does not answer in time, and goes on when it does', async () => {
    const store = await filled({ ...somewhere(), timeout: 1000 })
    const space = store.namespace('ledger')
    const put = (value: number): Promise<void> => store.commit([{ namespace: 'ledger', set: [['a', value]] }])

    redis.pause()
    await expect(put(10)).rejects.toMatchObject({ kind: 'transient', code: 'state.unreachable' })
    redis.resume()
    await put(11)

    expect(await space.get('a')).toBe(11)
    await store.close()
  })

  it.each([
    ['an empty server', (place: Place) => redis.command('EVAL', DELETE_ALL, '0', `${place.prefix}:*`)],
    ['a namespace that is gone', (place: Place) => redis.command('DEL', `${place.prefix}:v:ledger`)],
  ])(
    'throws for %s instead of answering, and is another store with lost namespaces from the next start',
    async (_, harm) => {
      const place = somewhere()
      const store = await filled(place)
      harm(place)

      for (const ask of [...asks(store), () => store.check()]) {
        await expect(ask()).rejects.toMatchObject({ kind: 'fatal', code: 'state.lost' })
      }
      await store.close()

      const again = await open(place)
      expect(again.generation).not.toBe(store.generation)
      expect(await marksOf(again)).toEqual(['lost', 'lost', 'new'])
      await again.commit([{ namespace: 'ledger', set: [['a', 3]] }])
      await again.close()
      const third = await open(place)
      expect([third.generation, await marksOf(third)]).toEqual([again.generation, ['known', 'lost', 'new']])
      await third.close()
    },
  )

  it('notices that Redis has forgotten what it had confirmed', async () => {
    const place = somewhere()
    const store = await filled(place)
    redis.command('HINCRBY', `${place.prefix}:meta`, 'commits', '-1')

    await expect(store.namespace('ledger').get('a')).rejects.toMatchObject({
      code: 'state.lost',
      message: expect.stringContaining('forgotten the last 1 commits') as string,
    })
    await store.close()
    const again = await open(place)
    expect([again.generation === store.generation, (await marksOf(again))[0]]).toEqual([false, 'lost'])
    await again.close()
  })

  it('notices while it is closed that a namespace was taken out', async () => {
    const place = somewhere()
    const store = await filled(place)
    await store.close()
    redis.command('DEL', `${place.prefix}:f:fp`)

    const again = await open(place)

    expect([again.generation === store.generation, await marksOf(again)]).toEqual([false, ['lost', 'lost', 'new']])
    await again.close()
  })

  it('changes nothing when one key of a commit is of another type or memory is full', async () => {
    const place = somewhere()
    const store = await filled(place)
    redis.command('DEL', `${place.prefix}:i:ledger`)
    redis.command('SET', `${place.prefix}:i:ledger`, 'x')
    const changes = [
      { namespace: 'other', set: [['a', 1]] as const },
      { namespace: 'ledger', set: [['a', 2]] as const },
    ]
    await expect(store.commit(changes)).rejects.toMatchObject({ kind: 'fatal', code: 'state.corrupt' })
    expect(await store.namespace('other').count()).toBe(0)
    redis.command('DEL', `${place.prefix}:i:ledger`)
    redis.command('ZADD', `${place.prefix}:i:ledger`, '0', 'a')

    redis.command('CONFIG', 'SET', 'maxmemory', '1')
    await expect(store.commit(changes)).rejects.toMatchObject({ kind: 'transient', code: 'state.full' })
    await expect(store.check()).rejects.toMatchObject({ code: 'state.full' })
    expect(await store.namespace('ledger').get('a')).toBe(1)
    redis.command('CONFIG', 'SET', 'maxmemory', '0')
    await store.commit(changes)
    expect(await store.namespace('ledger').get('a')).toBe(2)
    await store.close()
  })

  it('takes an index without values for a fault, not for an empty namespace', async () => {
    const place = somewhere()
    const store = await filled(place)
    redis.command('DEL', `${place.prefix}:i:ledger`)

    const walk = store.namespace('ledger').entries()[Symbol.asyncIterator]()

    await expect(walk.next()).rejects.toMatchObject({ kind: 'fatal', code: 'state.corrupt' })
    await store.close()
  })

  it('refuses a server that forgets, and says what to set', async () => {
    const careless = await startRedis(['--appendonly', 'no', '--maxmemory-policy', 'allkeys-lru'])
    const opening = openRedisStore({ url: careless.url, ...somewhere() })

    await expect(opening).rejects.toMatchObject({
      kind: 'config',
      code: 'state.redis_unsafe',
      remedy: expect.stringMatching(/appendonly yes.*maxmemory-policy noeviction/) as string,
    })
    await careless.close()
  })

  it('never shows the password', async () => {
    const wrong = new Secret(`redis://user:hush@127.0.0.1:${redis.port}/1`)

    const fault = await openRedisStore({ url: wrong, ...somewhere() }).catch((error: unknown) => error as Error)

    expect(fault).toMatchObject({ kind: 'fatal', code: 'state.refused' })
    expect(inspect(fault, { depth: 10, showHidden: true })).not.toContain('hush')
    expect((fault as Error).message).toContain(`redis://127.0.0.1:${redis.port}/1`)
  })

  it('belongs to one state folder: another project under the same prefix is refused', async () => {
    const place = somewhere()
    const store = await filled(place)
    await store.close()

    await expect(open({ ...place, folder: folder() })).rejects.toMatchObject({
      kind: 'fatal',
      code: 'state.foreign',
      message: expect.stringContaining(place.folder) as string,
    })
    await expect(read({ ...place, folder: folder() })).rejects.toMatchObject({ code: 'state.missing' })
  })

  it('has one owner: a copy of the state folder waits for him, and who was succeeded writes nothing any more', async () => {
    const place = somewhere()
    const store = await filled(place)
    const copy = { ...place, folder: folder() }
    writeFileSync(join(copy.folder, 'redis.json'), readFileSync(join(place.folder, 'redis.json')))

    await expect(open(copy)).rejects.toMatchObject({
      kind: 'fatal',
      code: 'state.locked',
      message: expect.stringContaining(`process id ${process.pid}`) as string,
    })
    // His lease ended, as when his machine slept.
    redis.command('DEL', `${place.prefix}:lock`)
    const heir = await open(copy)
    for (const ask of [() => store.commit([{ namespace: 'ledger', set: [['a', 2]] }]), () => store.check()]) {
      await expect(ask()).rejects.toMatchObject({ kind: 'fatal', code: 'state.taken' })
    }
    await store.close()
    await heir.commit([{ namespace: 'ledger', set: [['a', 3]] }])
    await heir.check()

    expect(await heir.namespace('ledger').get('a')).toBe(3)
    await heir.close()
  })

  it('succeeds a dead owner at once, of this folder and of another', async () => {
    const place = somewhere()
    const dead = { pid: 2_147_483_646, host: '', folder: '/elsewhere', owner: 'obmen', id: 'x' }
    const store = await filled(place)
    const { host } = JSON.parse(redis.command('GET', `${place.prefix}:lock`)) as { host: string }
    await store.close()
    redis.command('SET', `${place.prefix}:lock`, JSON.stringify({ ...dead, host }))
    const heir = await open(place)
    // Killed without giving anything back: the folder's own lock says that nobody holds it.
    const next = await open(place)

    await next.commit([{ namespace: 'ledger', set: [['a', 2]] }])

    redis.command('SET', `${place.prefix}:lock`, JSON.stringify({ ...dead, host: 'another machine' }))
    await expect(open(place)).rejects.toMatchObject({ code: 'state.locked' })
    await Promise.all([heir.close(), next.close()])
  })

  it('can be read beside its owner, who sees none of it', async () => {
    const place = somewhere()
    await expect(read(place)).rejects.toMatchObject({ kind: 'fatal', code: 'state.missing' })
    const store = await filled(place)
    const reader = await read(place)
    await store.commit([{ namespace: 'later', set: [['k', 'v']] }])

    const space = reader.namespace('later')
    const seen = []
    for await (const entry of space.entries()) seen.push(entry)

    expect([seen, await space.count(), await reader.namespace('never').count()]).toEqual([[['k', 'v']], 1, 0])
    expect([await reader.mark('later'), await reader.mark('never')]).toEqual(['known', 'new'])
    expect(await reader.fingerprints('fp').getMany(['a', 'b'])).toEqual([5n, undefined])
    await expect(reader.commit([{ namespace: 'ledger', set: [['a', 0]] }])).rejects.toMatchObject({
      code: 'state.failed',
    })
    await reader.close()
    await store.check()
    await store.close()
  })

  it('shares a server with another shop', async () => {
    const [one, other] = [await filled(somewhere()), await filled(somewhere())]

    await one.commit([{ namespace: 'ledger', set: [['a', 'one']] }])

    expect([await one.namespace('ledger').get('a'), await other.namespace('ledger').get('a')]).toEqual(['one', 1])
    await Promise.all([one.close(), other.close()])
  })
})

/** Ways to need the store. */
function asks(store: Store): (() => Promise<unknown>)[] {
  const space = store.namespace('ledger')
  const commit = (): Promise<void> => store.commit([{ namespace: 'ledger', set: [['b', 1]] }])
  return [() => space.get('a'), () => space.count(), () => store.fingerprints('fp').getMany(['a']), commit]
}

const DELETE_ALL = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end"

import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { testFolders } from '../../../test/contract/test-folder.ts'
import { startRedis, withoutRedis, type PrivateRedis } from '../../../test/private-redis.ts'
import { Secret } from '../../core/secret.ts'
import { openRedisStore } from '../open.ts'
import type { Store } from '../store.ts'

/** A bad line to Redis: from the next transaction on its connection is cut, in the way that is set. */
interface Line {
  readonly url: Secret
  /** `answer`: the transaction arrives, its answer does not. `transaction`: it is on its way until {@link deliver}. */
  loses: 'nothing' | 'answer' | 'transaction'
  /** Lets what was on its way arrive; resolves when Redis has answered it. */
  deliver(): Promise<string>
  close(): void
}

async function openLine(port: number): Promise<Line> {
  const sockets: Socket[] = []
  let late: { readonly upstream: Socket; readonly bytes: Buffer } | undefined
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    sockets.push(client, upstream)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    let isCut = false
    client.on('data', (bytes) => {
      if (!isCut && bytes.includes('EXEC') && line.loses !== 'nothing') {
        isCut = true
        if (line.loses === 'transaction') late = { upstream, bytes }
        line.loses = 'nothing'
        if (late !== undefined) return
      }
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      if (!isCut) client.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const line: Line = {
    url: new Secret(`redis://127.0.0.1:${(server.address() as AddressInfo).port}`),
    loses: 'nothing',
    async deliver() {
      if (late === undefined) throw new Error('nothing is on its way')
      const answer = once(late.upstream, 'data')
      late.upstream.write(late.bytes)
      return String((await answer)[0])
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
  return line
}

describe.skipIf(withoutRedis)('a commit on Redis whose answer is lost', () => {
  const folder = testFolders()
  let redis: PrivateRedis
  let line: Line
  let store: Store
  beforeEach(async () => {
    redis = await startRedis()
    line = await openLine(redis.port)
    store = await openRedisStore({ url: line.url, prefix: 'shop', folder: folder(), timeout: 1000 })
    await put(1)
  })
  afterEach(async () => {
    await store.close()
    line.close()
    await redis.close()
  })

  const put = (value: number): Promise<void> => store.commit([{ namespace: 'ledger', set: [['price', value]] }])
  const price = (): Promise<unknown> => store.namespace('ledger').get('price')

  it('has taken effect, and the next one follows it', async () => {
    line.loses = 'answer'
    await expect(put(2)).rejects.toMatchObject({ kind: 'transient', code: 'state.unreachable' })

    expect(await price()).toBe(2)
    await put(3)
    expect(await price()).toBe(3)
    // Both are known: a server that forgets one of them is noticed.
    redis.command('HINCRBY', 'shop:meta', 'commits', '-1')
    await expect(price()).rejects.toMatchObject({ code: 'state.lost' })
  })

  it('cannot arrive behind a later one and undo it', async () => {
    line.loses = 'transaction'
    await expect(put(2)).rejects.toMatchObject({ code: 'state.unreachable' })
    await put(3)

    // Redis has nothing to say of a transaction whose watched keys were changed.
    expect(await line.deliver()).toMatch(/\*-1\r\n$/)
    expect(await price()).toBe(3)
    await put(4)
    expect(await price()).toBe(4)
  })
})

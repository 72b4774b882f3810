import { onTestFinished, test } from 'vitest'
import { startRedis, withoutRedis, type PrivateRedis } from '../private-redis.ts'

/**
 * Declares a test for a service with its store on LMDB, and once more with one on a private Redis where there is a
 * server; `redis` is undefined on LMDB.
 */
export function testOnEveryStore(name: string, body: (redis: PrivateRedis | undefined) => Promise<void>): void {
  test(name, () => body(undefined))
  test.skipIf(withoutRedis)(`on Redis: ${name}`, async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.close())
    await body(redis)
  })
}

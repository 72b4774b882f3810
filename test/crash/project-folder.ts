import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CLIENT_ID, keepOnRedis } from '../e2e/project.ts'
import type { PrivateRedis } from '../private-redis.ts'
import { REPOSITORY } from './product.ts'

/**
 * Puts the shipped configuration into a folder, for a local Ozon and a local mail server, with quicker rhythms; the store
 * on `redis` where there is one.
 */
export async function makeProject(root: string, url: string, smtp: string, redis?: PrivateRedis): Promise<void> {
  await cp(join(REPOSITORY, 'config'), join(root, 'config'), { recursive: true })
  await cp(join(REPOSITORY, 'pipelines'), join(root, 'pipelines'), { recursive: true })
  await writeFile(join(root, '.env'), `OZON_CLIENT_ID=${CLIENT_ID}\nOZON_API_KEY=test-key\nSMTP_URL=${smtp}\n`)
  const edit = async (file: string, from: string, to: string): Promise<void> => {
    const text = await readFile(join(root, file), 'utf8')
    if (!text.includes(from)) throw new Error(`${file} does not say "${from}"`)
    await writeFile(join(root, file), text.replace(from, to))
  }
  await edit('config/marketplaces.yaml', 'marketplace: ozon', `marketplace: ozon\n    baseUrl: ${url}`)
  await edit('config/obmen.yaml', 'settle: 2s', 'settle: 1s')
  await edit('pipelines/ozon-orders.yaml', 'every: 1m', 'every: 10s')
  if (redis !== undefined) await keepOnRedis(root, redis)
  await mkdir(join(root, '1c', 'offers', 'webdata'), { recursive: true })
  await mkdir(join(root, '1c', 'goods'), { recursive: true })
}

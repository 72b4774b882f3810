import { rm, writeFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
afterEach(async () => {
  await shop.close()
})

test('a fault that is not the marketplace’s is told of and needs no restart once it is mended', async () => {
  shop = await openShop({ speed: 300 })
  // What is sent is written down first: a plain file stands where the folder of the history belongs.
  const history = join(shop.project.root, 'state', 'history')
  await mkdir(join(shop.project.root, 'state'), { recursive: true })
  await writeFile(history, '')
  await shop.ut.runExchange()
  await shop.restart()
  expect(await shop.mailOf('остановлен')).toContain('ozon-stocks')

  await rm(history)
  await shop.inStep()
  await shop.mailOf('Отправка снова работает')
})

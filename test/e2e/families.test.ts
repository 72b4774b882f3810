import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { exportOf, type Producer } from '../../fixtures/families.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { createProject, until, type Project } from './project.ts'
import { articlesOf, createCards, heldAtOzon, PLAIN_PRICES, shopOf, stampOf, wantedAtOzon } from './shop-on-ozon.ts'

/*
 * What УНФ (B) and the 1C-Bitrix module (C) write, as `npm run fixtures -- --family B|C` does, through the running
 * service: prices and stocks at Ozon are those of the base, after a first full run in portions and after a later one.
 */

let project: Project | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

/** Lets the node of a producer write one full run into the inbox. */
async function dropRun({ inbox, clock }: Project, producer: Producer, base: BaseModel): Promise<void> {
  const run = { stamp: stampOf(clock.now()), scope: 'full', portionSize: 6 } as const
  for (const { name, pieces } of exportOf(producer, base, statedGoods(base, { scope: 'full' }), run)) {
    const path = join(inbox, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, [...pieces].join(''))
  }
}

test.each<Producer>(['B', 'C'])('prices and stocks of a base of family %s are those at Ozon', async (producer) => {
  const shop = await createProject({ speed: 60, files: PLAIN_PRICES })
  project = shop
  const base = shopOf(30, (i) => ({ price: 100 + i, main: i % 7, podolsk: i % 4 }))
  // Dearer, and a fifth sold out: within what the guards let pass.
  const later = shopOf(30, (i) => ({ price: 110 + i, main: i % 5 === 0 ? 0 : 9, podolsk: i % 4 }))
  await createCards(shop, articlesOf(base))
  await shop.approve()
  await shop.open()
  const inStep = (model: BaseModel): Promise<void> => {
    const wanted = wantedAtOzon(model)
    return until('Ozon holds what the base says', async () => {
      expect(await heldAtOzon(shop)).toEqual(wanted)
      return true
    })
  }

  await dropRun(shop, producer, base)
  await inStep(base)
  await dropRun(shop, producer, later)
  await inStep(later)
})

import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import type { Clock } from '../../src/core/clock.ts'
import { startOzonSimulator } from '../../src/simulator/ozon/index.ts'
import { ScriptedUt } from '../scripted-1c/scripted-ut.ts'
import { STORY_ZONE, type Narrator } from './narrator.ts'
import { OzonCabinet } from './ozon.ts'
import { openPostOffice, type PostOffice } from './post-office.ts'
import { Shop } from './shop.ts'

/** Everything the story is played with. */
export interface Stage {
  /** Where what came of it is left. */
  readonly out: string
  readonly clock: Clock
  readonly narrator: Narrator
  readonly ozon: OzonCabinet
  readonly post: PostOffice
  readonly shop: Shop
  readonly ut: ScriptedUt
  /** Waits until something happened. @throws Error when it does not, or the service ended */
  until(what: string, happened: () => Promise<boolean> | boolean, why?: () => string): Promise<void>
  close(): Promise<void>
}

const CLIENT_ID = '1001'
/** Real milliseconds; far more than anything takes on a busy machine. */
const PATIENCE = 90_000
const POLL = 30

/** Builds the stage in `out`; only what an earlier demo left there is deleted. */
export async function openStage(
  out: string,
  clock: Clock,
  env: Readonly<Record<string, string>>,
  narrator: Narrator,
): Promise<Stage> {
  for (const left of ['shop', 'mails', 'reports', 'orders.xml', 'status.txt']) {
    await rm(join(out, left), { recursive: true, force: true })
  }
  await mkdir(out, { recursive: true })
  const simulator = await startOzonSimulator({ port: 0, clock })
  const post = await openPostOffice(join(out, 'mails'), ({ to, subject }) => {
    const whom = to[0]?.startsWith('admin') === true ? 'администратору' : 'менеджеру'
    narrator.tell(`✉ ${whom}: ${subject}`)
  })
  const shop = await Shop.make({
    folder: join(out, 'shop'),
    ozonUrl: simulator.url,
    clientId: CLIENT_ID,
    smtpUrl: post.url,
    clock: env,
  })
  const ut = new ScriptedUt({
    base: clothingShop(),
    exportFolder: shop.inbox,
    ordersFile: shop.ordersFile,
    clock,
    timezone: STORY_ZONE,
    mode: 'full',
  })
  return {
    out,
    clock,
    narrator,
    ozon: new OzonCabinet(simulator.url, CLIENT_ID),
    post,
    shop,
    ut,
    async until(what, happened, why) {
      narrator.waiting(`ждём: ${what}`)
      try {
        const deadline = performance.now() + PATIENCE
        while (!(await happened())) {
          if (!shop.isRunning()) throw new Error(`служба остановилась, не дождались: ${what}`)
          if (performance.now() > deadline)
            throw new Error(`не дождались: ${what}${why === undefined ? '' : `\n${why()}`}`)
          await new Promise((resolve) => setTimeout(resolve, POLL))
        }
      } finally {
        narrator.waiting(undefined)
      }
    },
    async close() {
      narrator.waiting(undefined)
      await shop.stop()
      await post.close()
      await simulator.close()
    },
  }
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clothingShop, shopIds } from '../../fixtures/clothing-shop.ts'
import { offerIdOf, type BaseModel } from '../../fixtures/ut-base.ts'
import type { Service } from '../../src/app/service.ts'
import type { ServiceStatus } from '../../src/views/status.ts'
import { ScriptedUt } from '../scripted-1c/scripted-ut.ts'
import { openPostOffice, type PostOffice } from './post-office.ts'
import { CLIENT_ID, createProject, until, type LedgerLine, type Project, type ProjectOptions } from './project.ts'

/** Stocks as a table: article at Ozon → warehouse name → pieces. */
export type Stocks = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The clothing shop with its base, its local Ozon, its mail server and the service. */
export interface Shop {
  readonly project: Project
  readonly ut: ScriptedUt
  readonly post: PostOffice
  /** The service that runs now. */
  readonly service: () => Service
  /** Stops the service, lets `meanwhile` change what it likes, starts again. */
  restart(meanwhile?: () => Promise<void>): Promise<Service>
  /** Starts the service as `obmen start` does; it is opened anew when its store is gone. */
  serve(): Promise<void>
  /** Waits until everything was looked at once more and nothing waits to be sent. */
  lookedOver(): Promise<void>
  /** Waits until Ozon holds the stocks that the base as it is now asks for. */
  inStep(): Promise<void>
  /** Waits until Ozon holds these stocks and nothing waits to be sent. */
  inStepWith(wanted: Stocks): Promise<void>
  /** What Ozon has for sale now. */
  stocks(): Promise<Stocks>
  /** The newest number in the ledger of the simulator. */
  lastWrite(): Promise<number>
  /** Accepted writes after a number of the ledger. */
  writesAfter(seq: number): Promise<LedgerLine[]>
  /** Waits for a mail whose subject or text holds `words`. */
  mailOf(words: string): Promise<string>
  status(): Promise<ServiceStatus>
  close(): Promise<void>
}

/** The article of an offer, by the definition of `shortId`. */
export function shortId(offerId: string): string {
  return createHash('sha256').update(offerId).digest().subarray(0, 16).toString('base64url')
}

/** The account's `identity` is `shortId(offer.id)` alone. */
export function identityByShortId(text: string): string {
  return text.replace(/ {4}identity:[\s\S]*?(?=\n {4}warehouses:)/, '    identity: [shortId(offer.id)]\n')
}

/** Looks over everything once a minute of the clock, so that a test need not wait for ten. */
export function lookEveryMinute(text: string): string {
  return text.replace(/look: \d+m/, 'look: 1m')
}

/** Opens the shop; with `files` as {@link createProject}. The service does not run yet. */
export async function openShop({ files, ...options }: ProjectOptions = {}): Promise<Shop> {
  const post = await openPostOffice()
  const changes: Record<string, (text: string) => string> = {
    'config/marketplaces.yaml': identityByShortId,
    'pipelines/ozon-prices.yaml': lookEveryMinute,
    'pipelines/ozon-stocks.yaml': lookEveryMinute,
  }
  for (const [file, change] of Object.entries(files ?? {})) {
    const before = changes[file] ?? ((text: string) => text)
    changes[file] = (text) => (typeof change === 'string' ? change : change(before(text)))
  }
  const project = await createProject({ speed: 60, smtp: post.url, ...options, files: changes })
  const { clock, ozon, inbox: exportFolder } = project
  const base = clothingShop()
  const ut = new ScriptedUt({ base, exportFolder, clock, timezone: 'Europe/Moscow', mode: 'full' })
  const items = offersOf(base).map(({ id }) => ({ offerId: shortId(id) }))
  await ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
  await project.approve()

  let running: Service | undefined
  const service = (): Service => {
    if (running === undefined) throw new Error('the service does not run yet')
    return running
  }
  const stocks = async (): Promise<Stocks> => {
    const { warehouses, products } = (await ozon.json<SimulatorState>('state'))[CLIENT_ID] as SimulatorAccount
    const names = new Map(warehouses.map(({ warehouseId, name }) => [String(warehouseId), name]))
    return Object.fromEntries(
      Object.entries(products).map(([offerId, product]) => [
        offerId,
        Object.fromEntries(Object.entries(product.stocks).map(([id, { free }]) => [names.get(id) ?? id, free])),
      ]),
    )
  }
  const shop: Shop = {
    project,
    ut,
    post,
    service,
    stocks,
    async restart(meanwhile) {
      await running?.close()
      await meanwhile?.()
      running = await project.open()
      return running
    },
    async serve() {
      project.serve((service) => {
        running = service
      })
      await until('the service runs', () => running !== undefined)
    },
    async lookedOver() {
      const from = clock.now()
      await until('everything was looked at and sent', () =>
        service().items.every(({ pipeline: { lastLook, aspect } }) => {
          if (lastLook?.complete !== true || lastLook.at <= from) return false
          return lastLook.held !== undefined || aspect.plan.idle
        }),
      )
    },
    inStep: () => shop.inStepWith(desiredStocks(ut.base.model)),
    async inStepWith(wanted) {
      const text = JSON.stringify(sorted(wanted))
      await until('Ozon holds the stocks that are wanted', async () => {
        const held = await stocks()
        const named = Object.keys(wanted).map((id) => [id, held[id] ?? {}] as const)
        return JSON.stringify(sorted(Object.fromEntries(named))) === text
      })
      await shop.lookedOver()
    },
    lastWrite: async () => (await ozon.ledger()).at(-1)?.seq ?? 0,
    writesAfter: async (seq) => (await ozon.ledger()).filter((line) => line.seq > seq),
    async mailOf(words) {
      let found: string | undefined
      await until(`a mail came: ${words}`, () => {
        found = post.mails.map(({ subject, text }) => `${subject}\n${text}`).find((mail) => mail.includes(words))
        return found !== undefined
      })
      return found as string
    },
    status: async () => JSON.parse(await readFile(join(project.root, 'state', 'status.json'), 'utf8')) as ServiceStatus,
    async close() {
      await project.close()
      await post.close()
    },
  }
  return shop
}

/** Opens the shop, lets 1C export everything and waits until Ozon is in step with it. */
export async function openShopInStep(options: ProjectOptions = {}): Promise<Shop> {
  const shop = await openShop(options)
  await shop.restart()
  await shop.ut.runExchange()
  await shop.inStep()
  return shop
}

/** What Ozon must have for sale, by the shipped configuration: one piece held back in Moscow, one hidden in Podolsk. */
export function desiredStocks(base: BaseModel): Stocks {
  const wanted = offersOf(base)
    .filter(({ good, variant }) => !good.deleted && !variant.deleted && good.properties[shopIds.onOzon] === 'Да')
    .map(({ id, variant }) => {
      const pieces = (warehouse: string): number => Math.max(0, Number(variant.stocks[warehouse] || '0'))
      const podolsk = pieces(shopIds.podolsk)
      const byName = {
        'FBS Москва': Math.max(0, pieces(shopIds.mainWarehouse) - 1),
        'FBS Подольск': podolsk < 2 ? 0 : podolsk,
      }
      return [shortId(id), byName] as const
    })
  return sorted(Object.fromEntries(wanted))
}

/** Everything the base can offer, sold or not. */
export function offersOf(base: BaseModel) {
  return base.goods.flatMap((good) => good.variants.map((variant) => ({ id: offerIdOf(good, variant), good, variant })))
}

/** Stock writes that take an item off sale. */
export function zeros(lines: readonly LedgerLine[]): LedgerLine[] {
  return lines.filter(({ aspect, value }) => aspect === 'stocks' && value === 0)
}

function sorted(stocks: Stocks): Stocks {
  const rows = Object.entries(stocks).map(
    ([id, byName]) => [id, Object.fromEntries(Object.entries(byName).sort(byKey))] as const,
  )
  return Object.fromEntries(rows.sort(byKey))
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

interface SimulatorAccount {
  readonly warehouses: readonly { readonly warehouseId: number; readonly name: string }[]
  readonly products: Readonly<
    Record<string, { readonly stocks: Readonly<Record<string, { readonly free: number }>>; readonly price?: string }>
  >
}
type SimulatorState = Readonly<Record<string, SimulatorAccount>>

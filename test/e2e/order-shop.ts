import { join } from 'node:path'
import { clothingShop, shopIds } from '../../fixtures/clothing-shop.ts'
import type { Service } from '../../src/app/service.ts'
import { approve } from '../../src/state/approvals.ts'
import { createFiles } from '../../src/state/disk.ts'
import type { Order } from '../../src/core/order.ts'
import { createOrderReader, type FileDocument } from './order-file.ts'
import { RUN_TAIL } from '../../src/state/order-book.ts'
import type { RunOptions, RunResult, ScriptedUtOptions } from '../scripted-1c/scripted-ut.ts'
import { ScriptedUt } from '../scripted-1c/scripted-ut.ts'
import { openPostOffice, type Mail, type PostOffice } from './post-office.ts'
import { CLIENT_ID, createProject, until, type OzonControl, type Project, type ProjectOptions } from './project.ts'

/** Socks of the clothing shop: 120 in the main warehouse, 40 in Подольск. */
export const SOCKS = 'НС-001'
/** A shirt of size S: 12 in the main warehouse. */
export const SHIRT = 'ФТ-001-S'
export const SECOND_CLIENT = '1002'

/** A second cabinet of the same shop, with pipelines of its own: it sells the main warehouse without a buffer. */
export const SECOND_ACCOUNT = {
  'config/marketplaces.yaml': (text: string): string => `${text}
  ozon-second:
    marketplace: ozon
    exchange: main
    baseUrl: ${/baseUrl: (\S+)/.exec(text)?.[1] ?? ''}
    clientId: '${SECOND_CLIENT}'
    apiKey: other-key
    select: flag(product.property("Выгружать на Ozon"))
    identity:
      - 'offer.variantName == "" ? product.article : product.article + "-" + slug(offer.variantName)'
    warehouses:
      'FBS Москва': { from: ['Основной склад'], orders: 'Основной склад' }
    counterparty: { name: 'Интернет Решения ООО', kind: company, inn: '7704217370', kpp: '997750001' }
    status: { awaiting_packaging: 'К выполнению', cancelled: 'Отменен' }
`,
  'pipelines/second-orders.yaml':
    'name: second-orders\nfrom: { postings: ozon-second, every: 5s }\nto: { exchange: main }\nstages: [diff, write-orders]\n',
  'pipelines/second-stocks.yaml':
    'name: second-stocks\nfrom: { catalogue: main, look: 1m }\nto: { account: ozon-second, aspect: stocks }\n' +
    'stages: [{ map: { stocks: byWarehouse() } }, diff, push]\n',
}

/** What Ozon refused is tried again after a day; what only waits its turn (30 s a pair) comes sooner. Clock milliseconds. */
const LONG_WAIT = 60_000

/** One line of a posting as a buyer orders it. */
export interface BuyerLine {
  readonly offerId: string
  readonly quantity: number
  readonly price?: string
}

/** A shop whose 1C loads orders: base, Ozon, mail server and service share one clock. */
export interface OrderShop {
  readonly project: Project
  readonly ut: ScriptedUt
  readonly ozon: OzonControl
  readonly mails: readonly Mail[]
  readonly service: () => Service
  start(): Promise<Service>
  stop(): Promise<void>
  /** One run of the node, taken in to its last file. */
  run(options?: RunOptions): Promise<RunResult>
  /** Waits until the last run can no longer be going, for all that Obmen sees of it. */
  runIsOver(): Promise<void>
  /** A buyer orders; resolves to the number of the posting. */
  buy(lines: readonly BuyerLine[], warehouse?: string, clientId?: string): Promise<string>
  /** Moves a posting at Ozon. */
  move(posting: string, step: 'ship' | 'cancel'): Promise<void>
  /** The documents of the order file, in its order. */
  file(): Promise<FileDocument[]>
  /** Waits until the file shows exactly these numbers, and the orders know of it. */
  fileShows(numbers: readonly string[]): Promise<FileDocument[]>
  order(posting: string, account?: string): Order | undefined
  /** Free pieces at Ozon. */
  free(offerId: string, warehouse?: string, clientId?: string): Promise<number | undefined>
  warehouseId(name: string, clientId?: string): Promise<string>
  /** Approves the first account for another address of the API. */
  approveAt(baseUrl: string, clientId?: string): Promise<void>
  /** Waits until everything was looked at once more and nothing waits to be sent. */
  lookedOver(): Promise<void>
  /** Waits until every batch of postings that Ozon shows now has been read once more. */
  readOver(): Promise<void>
  mailOf(words: string): Promise<Mail>
  close(): Promise<void>
}

interface AccountState {
  readonly warehouses: readonly { readonly warehouseId: number; readonly name: string }[]
  readonly products: Readonly<Record<string, { readonly stocks: Readonly<Record<string, { readonly free: number }>> }>>
}

/** Opens the shop; the service does not run yet. */
export async function openOrderShop(
  options: ProjectOptions & { readonly ut?: Partial<ScriptedUtOptions> } = {},
): Promise<OrderShop> {
  const post: PostOffice = await openPostOffice()
  const project = await createProject({ speed: 60, smtp: post.url, ...options })
  await project.edit('pipelines/ozon-orders.yaml', (text) => text.replace('every: 1m', 'every: 5s'))
  await project.edit('pipelines/ozon-stocks.yaml', (text) => text.replace('look: 5m', 'look: 1m'))
  const { clock, ozon, inbox: exportFolder, ordersFile } = project
  const base = clothingShop()
  const articles = base.goods.flatMap(({ article, variants }) =>
    variants.map(({ characteristic }) =>
      characteristic === undefined ? article : `${article}-${characteristic.name}`,
    ),
  )
  const ut = new ScriptedUt({
    base,
    exportFolder,
    ordersFile,
    clock,
    timezone: 'Europe/Moscow',
    mode: 'full',
    defaultWarehouse: shopIds.podolsk,
    ...options.ut,
  })
  for (const clientId of [CLIENT_ID, SECOND_CLIENT]) {
    const items = articles.filter((article) => article !== '').map((offerId) => ({ offerId }))
    await ozon.send('POST', 'products', { clientId, items })
  }
  const accountState = async (clientId: string): Promise<AccountState> =>
    (await ozon.json<Record<string, AccountState>>('state'))[clientId] as AccountState
  const warehouseId = async (name: string, clientId: string): Promise<number> =>
    (await accountState(clientId)).warehouses.find((warehouse) => warehouse.name === name)?.warehouseId ?? 0

  let running: Service | undefined
  const service = (): Service => {
    if (running === undefined) throw new Error('the service does not run')
    return running
  }
  const exchange = () => {
    const found = service().runtime.exchanges.get('main')
    if (found === undefined) throw new Error('there is no exchange main')
    return found
  }
  const file = createOrderReader(ordersFile)
  const shop: OrderShop = {
    project,
    ut,
    ozon,
    mails: post.mails,
    service,
    async start() {
      running = await project.open()
      return running
    },
    async stop() {
      await running?.close()
      running = undefined
    },
    async run(runOptions) {
      const result = await ut.runExchange(runOptions)
      const stamp = Date.parse(`${result.stamp}+03:00`)
      await until('the run was taken in', async () => {
        const { newestStamp, newestFile } = await exchange().catalogue.facts()
        return newestStamp === stamp && result.files.at(-1)?.endsWith(newestFile?.split('/').at(-1) ?? '?') === true
      })
      // What follows a file — reserves, the order file — waits its turn like every writer of orders.
      await exchange().orders.exclusive(() => Promise.resolve())
      return result
    },
    runIsOver: () =>
      until('the last run is over', () => clock.now() > (exchange().lastNodeFileAt() ?? clock.now()) + RUN_TAIL),
    async buy(lines, warehouse = 'FBS Москва', clientId = CLIENT_ID) {
      const body = {
        clientId,
        warehouseId: await warehouseId(warehouse, clientId),
        lines: lines.map((line) => ({ price: '1490.00', ...line })),
      }
      return (await ozon.send<{ postingNumber: string }>('POST', 'postings', body)).postingNumber
    },
    async move(posting, step) {
      await ozon.send('POST', `postings/${posting}/${step}`)
    },
    file,
    async fileShows(numbers) {
      let found: FileDocument[] = []
      await until(`the order file shows ${numbers.join(', ') || 'nothing'}`, async () => {
        found = await file()
        return JSON.stringify(found.map(({ number }) => number)) === JSON.stringify(numbers)
      }).catch((error: unknown) => {
        throw new Error(`the order file shows ${found.map(({ number }) => number).join(', ')}`, { cause: error })
      })
      // The file stands before what was written is noted.
      await running?.runtime.exchanges.get('main')?.orders.exclusive(() => Promise.resolve())
      return found
    },
    order: (posting, account = 'ozon-main') => exchange().orders.get(account, posting),
    async free(offerId, warehouse = 'FBS Москва', clientId = CLIENT_ID) {
      const { products } = await accountState(clientId)
      return products[offerId]?.stocks[await warehouseId(warehouse, clientId)]?.free
    },
    warehouseId: async (name, clientId = CLIENT_ID) => String(await warehouseId(name, clientId)),
    async approveAt(baseUrl, clientId = CLIENT_ID) {
      const mark = { account: 'ozon-main', marketplace: 'ozon', baseUrl, ownId: clientId }
      const file = join(project.root, 'state', 'approvals.csv')
      await approve(file, createFiles(), { ...mark, at: clock.now(), by: 'test' })
    },
    async lookedOver() {
      const from = clock.now()
      await until('everything was looked at and sent', () =>
        service()
          .items.filter(({ pipeline }) => pipeline.aspect.aspect === 'stocks')
          .every(({ pipeline: { lastLook, aspect } }) => {
            return (
              lastLook?.complete === true &&
              lastLook.at > from &&
              (aspect.plan.nextDue() ?? Infinity) > clock.now() + LONG_WAIT
            )
          }),
      )
    },
    async readOver() {
      const from = clock.now()
      await until('the postings were read again', () =>
        service().orders.every(({ lastRead }) => lastRead !== undefined && lastRead > from),
      )
    },
    async mailOf(words) {
      let found: Mail | undefined
      await until(`a mail came: ${words}`, () => {
        found = post.mails.find(({ subject, text }) => `${subject}\n${text}`.includes(words))
        return found !== undefined
      })
      return found as Mail
    },
    async close() {
      await project.close()
      await post.close()
    },
  }
  return shop
}

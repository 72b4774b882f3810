import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { CLIENT_ID, createProject, until, type Project } from './project.ts'
import { identityByShortId, lookEveryMinute, shortId } from './shop.ts'

const SAMPLES = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'shared', 'samples')

let project: Project | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

interface Sample {
  readonly folder: string
  /** A warehouse of the base. */
  readonly warehouse: string
  readonly offers: number
  readonly accepted: number
  readonly absent: number
  readonly rejected: Readonly<Record<string, number>>
}

const samples: readonly Sample[] = [
  {
    folder: 'mebelsalskarhiv+Central_office',
    warehouse: 'Склад 1',
    offers: 1102,
    accepted: 1015,
    absent: 26,
    rejected: { 'item.no_price': 61 },
  },
  {
    folder: 'd16izhevsk+1coutlet',
    warehouse: 'Главный склад',
    offers: 2641,
    accepted: 2640,
    absent: 0,
    rejected: { 'item.two_prices': 1 },
  },
]

for (const { folder, warehouse, offers, accepted, absent, rejected } of samples) {
  const source = join(SAMPLES, folder)
  test.skipIf(!existsSync(source))(
    `${folder}: every price of a real base arrives once, or its item is rejected`,
    async () => {
      const stated = await readSample(source)
      project = await createProject({
        speed: 30,
        files: {
          'config/marketplaces.yaml': (text) =>
            everyOffer(identityByShortId(text))
              .replaceAll('Основной склад', warehouse)
              .replaceAll('Склад Подольск', warehouse),
          'pipelines/ozon-prices.yaml': (text) => plainRetail(lookEveryMinute(text)),
          'pipelines/ozon-stocks.yaml': lookEveryMinute,
        },
      })
      const { ozon } = project
      const items = [...stated.offers.keys()].map((id) => ({ offerId: shortId(id) }))
      await ozon.send('POST', 'products', { clientId: CLIENT_ID, items })
      await project.approve()
      const service = await project.open()
      const prices = service.items.find(({ pipeline }) => pipeline.aspect.aspect === 'prices')?.pipeline
      const lookedOver = async (): Promise<void> => {
        const from = (project as Project).clock.now()
        await until('everything was looked at and sent', () => {
          if (
            service.items.some(({ pipeline: { aspect, lastLook } }) => aspect.plan.size > 0 || lastLook === undefined)
          )
            return false
          return service.items.every(({ pipeline: { lastLook } }) => lastLook?.complete === true && lastLook.at > from)
        })
      }

      for (const name of ['import0_1.xml', 'offers0_1.xml']) await drop(project, source, name, 1)
      await lookedOver()
      const lines = await ozon.ledger()
      const requests = await ozon.requests()
      const writes = await ozon.writes()
      for (const name of ['import0_1.xml', 'offers0_1.xml']) await drop(project, source, name, 2)
      await lookedOver()

      expect(items.length).toBe(offers)
      expect(prices?.lastLook?.items).toBe(offers)
      expect(Object.fromEntries(prices?.lastLook?.rejectedByCode ?? [])).toEqual(rejected)
      const sent = lines.filter(({ aspect }) => aspect === 'prices')
      expect(sent.length).toBe(accepted)
      expect(new Map(sent.map(({ offerId, value }) => [offerId, value]))).toEqual(stated.wanted)
      expect(offers - accepted - Object.values(rejected).reduce((sum, count) => sum + count, 0)).toBe(absent)
      expect([...stated.offers.values()].filter(({ deleted }) => deleted).length).toBe(absent)
      expect(requests.filter(({ schemaErrors }) => schemaErrors !== undefined && schemaErrors.length > 0)).toEqual([])
      expect(await ozon.writes()).toEqual(writes)
    },
  )
}

/** Puts one file of the sample into the inbox and waits until it lies in the archive for the n-th time. */
async function drop(to: Project, source: string, name: string, times: number): Promise<void> {
  await mkdir(join(to.inbox, 'webdata'), { recursive: true })
  await copyFile(join(source, name), join(to.inbox, 'webdata', name))
  await until(`${name} is archived`, async () => {
    const archived = await readdir(join(to.root, 'archive'), { recursive: true }).catch(() => [])
    return archived.filter((path) => path.endsWith(name)).length === times
  })
}

function everyOffer(text: string): string {
  return text.replace(/ {4}select: \|\n.*\n/, '')
}

function plainRetail(text: string): string {
  return text.replace(/price: roundUp.*/, 'price: price("Розничная")').replace(/ {6}oldPrice: \|\n.*\n/, '')
}

interface StatedOffer {
  readonly deleted: boolean
  /** Prices that are not 0, each once. */
  readonly prices: ReadonlySet<string>
}

/** The two files read the plain way: offers with their prices, and what Ozon must hold of them. */
async function readSample(source: string) {
  const read = (name: string): Promise<string> => readFile(join(source, name), 'utf8')
  const records = (text: string, element: string): string[] =>
    text.match(new RegExp(`<${element}[ >][\\s\\S]*?</${element}>`, 'g')) ?? []
  const idOf = (record: string): string => /<Ид>(.*?)<\/Ид>/.exec(record)?.[1] ?? ''
  const isDeleted = (record: string): boolean => record.slice(0, record.indexOf('>')).includes('Статус="Удален"')
  const deleted = new Set(
    records(await read('import0_1.xml'), 'Товар')
      .filter(isDeleted)
      .map(idOf),
  )
  const offers = new Map(
    records(await read('offers0_1.xml'), 'Предложение').map((record): [string, StatedOffer] => {
      const amounts = [...record.matchAll(/<ЦенаЗаЕдиницу>(.*?)<\/ЦенаЗаЕдиницу>/g)].map(([, amount]) => amount ?? '')
      const id = idOf(record)
      return [
        id,
        {
          deleted: isDeleted(record) || deleted.has(id.split('#')[0] ?? ''),
          prices: new Set(amounts.filter((amount) => Number(amount) > 0)),
        },
      ]
    }),
  )
  const wanted = new Map(
    [...offers].flatMap(([id, { deleted: gone, prices }]) => {
      const [price] = prices
      return gone || prices.size !== 1 || price === undefined ? [] : [[shortId(id), { price }] as const]
    }),
  )
  return { offers, wanted }
}

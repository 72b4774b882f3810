import { existsSync } from 'node:fs'
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { shopOfferId } from '../../fixtures/clothing-shop.ts'
import type { UtDocument } from '../scripted-1c/documents.ts'
import type { RunOptions, RunResult } from '../scripted-1c/scripted-ut.ts'
import { differences, expectedItems, type ExpectedItem } from './expected.ts'
import { readReport, unequal, valuesOfLedger, valuesOfReports, type ReadReport } from './report.ts'
import type { TakenMail } from './post-office.ts'
import type { Stage } from './stage.ts'

const MINUTE = 60_000
const BROKEN = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'fixtures', 'broken', 'truncated.xml')

/** No card of it at Ozon: somebody forgot it. */
const NO_CARD = 'КР-001-48'
/** 1C states for them what Ozon would refuse, or nothing: price before the discount too near, none, two of one type. */
const TOO_NEAR = ['ФТ-002-S', 'ФТ-002-M', 'ФТ-002-L', 'ФТ-002-XL']
const NO_PRICE = 'КР-002'
const TWO_PRICES = 'НС-002'

/** What stays refused from the beginning to the end, and what Ozon refuses as soon as something is sent. */
const LASTING = [priceRefusal(NO_PRICE, 'item.no_price'), priceRefusal(TWO_PRICES, 'item.two_prices')]
const WITHOUT_CARD = [
  priceRefusal(NO_CARD, 'ozon.NOT_FOUND'),
  `${NO_CARD} | Остаток | FBS Москва | ozon.NOT_FOUND`,
  `${NO_CARD} | Остаток | FBS Подольск | ozon.NOT_FOUND`,
]

/** The postings of the story by what becomes of them. */
interface Postings {
  readonly moscow: string
  readonly podolsk: string
  /** Cancelled before 1C saw it. */
  readonly early: string
  /** Cancelled after 1C took it into work. */
  readonly late: string
}

/** Plays the whole story; every line that tells a fact is looked up at Ozon or in 1C. @throws Error where it is not so */
export async function play(stage: Stage): Promise<void> {
  const { narrator } = stage
  narrator.line('Obmen: утро магазина одежды. 1С, Ozon и почтовый сервер — учебные, служба — настоящая.')
  narrator.line('Час истории идёт 24 секунды; время слева — время истории.')
  await observe(stage)
  await approve(stage)
  await change(stage)
  const postings = await sell(stage)
  await cancelLate(stage, postings)
  await breakFile(stage)
  await report(stage)
  await finish(stage)
}

async function observe(stage: Stage): Promise<void> {
  const { narrator, shop, ozon, ut } = stage
  narrator.part('Новый кабинет: служба только смотрит')
  const cards = expectedNow(stage).map(({ offerId }) => offerId)
  await ozon.putCards(cards.filter((offerId) => offerId !== NO_CARD))
  narrator.tell(`В кабинете Ozon ${cards.length - 1} пустых карточек; карточку ${NO_CARD} завести забыли.`)
  shop.start()
  await stage.until('служба запустится', () => existsSync(shop.ordersFile))
  narrator.tell('Служба запущена с настройкой из поставки: config/ и pipelines/.')
  await runOf1c(stage, { scope: 'full' })
  narrator.tell(`1С выгрузила всё: ${ut.base.model.goods.length} товаров, 30 предложений, цены и остатки.`)

  await stage.until('выгрузка разобрана', async () => {
    const status = await shop.status()
    const looks = status?.pipelines.map(({ lastLook }) => lastLook?.planned ?? 0) ?? []
    return status?.accounts[0]?.approved === false && looks.length === 2 && looks.every((planned) => planned > 0)
  })
  const planned = new Map((await shop.status())?.pipelines.map((each) => [each.aspect, each.lastLook?.planned ?? 0]))
  const plan = `${planned.get('prices') ?? 0} цена и ${planned.get('stocks') ?? 0} остатка`
  narrator.tell(`Посчитано и ждёт отправки: ${plan}. Писать в кабинет человек ещё не разрешил.`)
  assert((await ozon.writeRequests()) === 0, 'Ozon получил запись от кабинета, который только наблюдает')
  narrator.checked('Ozon: ни одного запроса на запись.')
  await untilMail(stage, 'shop@example.ru', ({ subject }) => subject.startsWith('Ozon:'))
  const [first] = await readReports(stage)
  assert(first?.changes.length === 0, 'в отчёте изменения, которых не было')
  const found = openRefusals(first)
  const must = [...TOO_NEAR.map((offerId) => priceRefusal(offerId, 'ozon.old_price_gap')), ...LASTING]
  // Articles at Ozon are given when something is sent, so the goods are compared by their number and causes only.
  assert(isDeepStrictEqual(codesOf(found), codesOf(must)), `в отчёте не те отказы:\n${found.join('\n')}`)
  narrator.checked(`Отчёт: ${found.length} товаров с негодной ценой известны до первой отправки.`)
}

async function approve(stage: Stage): Promise<void> {
  const { narrator, shop, ozon } = stage
  narrator.part('Человек разрешает: obmen approve ozon-main')
  const said = await shop.obmen('approve', 'ozon-main')
  assert(said.code === 0, `obmen approve: ${said.output}`)
  narrator.tell('Кабинету разрешено писать.')
  await untilOzonAgrees(stage)
  const state = await ozon.state()
  const priced = Object.values(state.products).filter(({ price }) => price !== undefined).length
  narrator.checked(`Ozon: цены у ${priced} товаров и остатки двух складов — те, что следуют из 1С.`)
  narrator.checked('Ozon: у товаров с негодной ценой цены нет, ничего не выдумано.')
}

async function change(stage: Stage): Promise<void> {
  const { narrator, ut } = stage
  narrator.part('В 1С меняются цены и остатки')
  ut.base.setPrice(shopOfferId('ПЛ-001', '44'), 'Розничная', '5490')
  ut.base.setStock(shopOfferId('ФТ-001', 'S'), 'Основной склад', 0)
  for (const size of ['S', 'M', 'L', 'XL']) ut.base.setPrice(shopOfferId('ФТ-002', size), 'Цена до скидки', '2290')
  await runOf1c(stage, { scope: 'delta' })
  narrator.tell('1С выгрузила только изменения: платье ПЛ-001 44 — 5 490 ₽, футболка ФТ-001 S кончилась,')
  narrator.line('         у ФТ-002 исправлена цена до скидки.')
  await untilOzonAgrees(stage, exceptUnpriced())
  narrator.checked('Ozon: новая цена, остаток 0 и цены четырёх исправленных футболок.')
}

async function sell(stage: Stage): Promise<Postings> {
  const { narrator, ozon, ut, clock, shop } = stage
  narrator.part('Покупатели заказывают')
  // A run of 1C reads the order file last; what is written so soon after its files counts as possibly read.
  await clock.sleep(MINUTE)
  const postings: Postings = {
    moscow: await ozon.order('FBS Москва', [
      { offerId: 'ФТ-001-M', quantity: 2 },
      { offerId: 'НС-001', quantity: 1 },
    ]),
    podolsk: await ozon.order('FBS Подольск', [{ offerId: 'НС-001', quantity: 3 }]),
    early: await ozon.order('FBS Москва', [{ offerId: 'ПЛ-002-42', quantity: 1 }]),
    late: await ozon.order('FBS Москва', [{ offerId: 'КР-001-42', quantity: 1 }]),
  }
  narrator.tell('На Ozon четыре заказа: три со склада «FBS Москва», один со склада «FBS Подольск».')
  await untilOrdersFile(stage, 'все четыре в файле заказов', (xml) =>
    allOf(postings).every((each) => xml.includes(each)),
  )
  narrator.checked('Файл заказов для 1С: все четыре, каждый со своим номером.')

  await ozon.cancel(postings.early)
  narrator.tell(`Заказ ${postings.early} покупатель отменил, 1С его ещё не видела.`)
  await untilOrdersFile(stage, 'отменённый заказ уйдёт из файла', (xml) => !xml.includes(postings.early))
  const loaded = await runOf1c(stage)
  narrator.tell('1С провела обмен и загрузила файл заказов.')
  const [moscow, podolsk, late] = [postings.moscow, postings.podolsk, postings.late].map((each) =>
    documentOf(stage, each),
  )
  assert(loaded.created.length === 3 && ut.documents().length === 3, `1С создала ${loaded.created.join(', ')}`)
  assert(
    ut.documents().every((document) => !document.siteId.includes(postings.early)),
    '1С увидела отменённый заказ',
  )
  narrator.checked(
    `1С: три новых заказа, ${ut
      .documents()
      .map(({ number }) => number)
      .join(', ')}; отменённого нет.`,
  )
  assertDocument(stage, moscow, 'Основной склад', [
    [shopOfferId('ФТ-001', 'M'), 2, 1870],
    [shopOfferId('НС-001'), 1, 550],
  ])
  assertDocument(stage, podolsk, 'Склад Подольск', [[shopOfferId('НС-001'), 3, 550]])
  assertDocument(stage, late, 'Основной склад', [[shopOfferId('КР-001', '42'), 1, 11240]])
  narrator.checked('1С: товары, количества, цены и склады те же, что в отправлениях Ozon.')

  await clock.sleep(5 * MINUTE)
  const again = await runOf1c(stage)
  narrator.tell('1С провела обмен ещё раз и перечитала тот же файл.')
  assert(again.created.length === 0 && ut.documents().length === 3, '1С загрузила заказ второй раз')
  narrator.checked('1С: заказов по-прежнему три, второй раз ничего не создано.')
  await untilOzonAgrees(stage, exceptUnpriced())
  narrator.checked('Ozon: остатки за вычетом трёх заказов, каждый вычтен один раз.')
  const file = await readFile(shop.ordersFile, 'utf8')
  assert(!file.includes('Отменен'), 'в файле заказов отмена, которой не было')
  return postings
}

async function cancelLate(stage: Stage, { late }: Postings): Promise<void> {
  const { narrator, ozon, ut, clock } = stage
  const { number } = documentOf(stage, late)
  narrator.part('Заказ отменяют, когда он уже в работе')
  await ozon.cancel(late)
  narrator.tell(`Покупатель отменил ${number} (отправление ${late}).`)
  await untilOrdersFile(stage, 'отмена в файле заказов', (xml) => xml.includes('Отменен') && xml.includes(late))
  narrator.checked('Файл заказов для 1С: заказ остался, с отметкой «Отменен».')
  await untilMail(stage, 'shop@example.ru', ({ subject }) => subject.includes(number) && subject.includes('отменён'))
  await runOf1c(stage)
  assert(!documentOf(stage, late).cancelled, 'УТ не трогает заказы в работе, а этот изменила')
  narrator.tell('1С заказы в работе не трогает, поэтому отмену менеджер проводит сам — по письму.')
  ut.changeOrder(number, { cancelled: true })
  await clock.sleep(5 * MINUTE)
  await runOf1c(stage)
  await untilOzonAgrees(stage, exceptUnpriced())
  narrator.checked('Ozon: куртка снова в остатке.')
}

async function breakFile(stage: Stage): Promise<void> {
  const { narrator, shop, ozon, ut } = stage
  narrator.part('1С обрывает выгрузку на середине')
  const before = await ozon.state()
  await copyFile(BROKEN, join(shop.inbox, 'webdata', 'offers0_1.xml'))
  narrator.tell('В папке обмена половина файла offers0_1.xml. Служба ждёт: вдруг 1С допишет.')
  const quarantine = join(shop.folder, 'quarantine')
  await stage.until('файл в карантине', async () => (await filesBelow(quarantine)).includes('reason.txt'))
  narrator.tell('Не дописала. Файл в карантине, рядом причина.')
  assert((await filesBelow(quarantine)).includes('offers0_1.xml'), 'в карантине нет самого файла')
  assert(isDeepStrictEqual(await ozon.state(), before), 'битый файл что-то изменил на Ozon')
  narrator.checked('Ozon: ничего не изменилось, из половины файла не применено ни строки.')
  await untilMail(stage, 'admin@example.ru', ({ subject }) => subject.includes('offers0_1.xml'))

  ut.base.setPrice(shopOfferId('НС-001'), 'Розничная', '420')
  await runOf1c(stage)
  narrator.tell('Следующая выгрузка целая: носки НС-001 теперь 420 ₽.')
  await untilOzonAgrees(stage, exceptUnpriced())
  narrator.checked('Ozon: новая цена носков.')
}

async function report(stage: Stage): Promise<void> {
  const { narrator, ozon } = stage
  narrator.part('Раз в час — отчёт Excel')
  narrator.tell('Ждём отчёт за час. 1С тем временем выгружает всё заново каждые десять минут.')
  let left: readonly string[] = []
  let reports: ReadReport[] = []
  await everyTenMinutes(stage, () =>
    stage.until(
      'отчёт за этот час',
      async () => {
        reports = await readReports(stage)
        left = unequal(valuesOfReports(reports), valuesOfLedger(await ozon.ledger(), await ozon.state()))
        return reports.length >= 2 && left.length === 0 && (await areMailed(stage))
      },
      () => `отчёты и Ozon расходятся: ${left.slice(0, 5).join('; ')}`,
    ),
  )
  const values = valuesOfReports(reports).length
  narrator.checked(`Отчёты: ${values} принятых значений — ровно те же, что в журнале Ozon, ячейка за ячейкой.`)
  const refused = openRefusals(reports.at(-1))
  const must = [...LASTING, ...WITHOUT_CARD].sort()
  assert(
    isDeepStrictEqual(refused, must),
    `в отчёте не те отказы:\n${refused.join('\n')}\nа должны быть:\n${must.join('\n')}`,
  )
  narrator.checked(`Отчёты: ${must.length} отказов с причиной — те, что и должны быть, лишних нет.`)
  const fixed = reports.flatMap((each) => refusals(each, (state) => state === 'Исправлена'))
  const mended = TOO_NEAR.map((offerId) => priceRefusal(offerId, 'ozon.old_price_gap')).sort()
  assert(isDeepStrictEqual(fixed, mended), `исправлено не то:\n${fixed.join('\n')}`)
  narrator.checked('Отчёты: четыре исправленные футболки названы исправленными.')
}

async function finish(stage: Stage): Promise<void> {
  const { narrator, shop, out, ut, post, ozon } = stage
  const status = await shop.obmen('status')
  // What the story leaves to the manager: a cancelled order that 1C has in work, and a broken file.
  const left = [
    'main: 1 order to be cancelled in 1C: obmen orders ls',
    'main: 1 file in quarantine: obmen quarantine ls',
  ]
  const [title = '', ...lines] = status.output.split('\n')
  const named = lines.slice(0, lines.indexOf('')).map((text) => text.trim())
  assert(status.code === 1 && isDeepStrictEqual(named, left), `obmen status: ${title}\n${status.output}`)
  await writeFile(join(out, 'status.txt'), status.output)
  await copyFile(shop.ordersFile, join(out, 'orders.xml'))
  const stopped = await shop.stop()
  assert(stopped === 0 || process.platform === 'win32', `служба закончилась с кодом ${stopped}`)
  const writes = (await ozon.ledger()).length
  narrator.part('Итог')
  narrator.line(`  Ozon принял записей: ${writes} (зачёркнутая цена идёт вместе с ценой).`)
  narrator.line(`  1С загрузила заказов: ${ut.documents().length}. Писем: ${post.mails.length}.`)
  narrator.line('  Всё, что рассказано, проверено на Ozon и в 1С.')
  narrator.line('')
  narrator.line(`  Осталось в ${out}:`)
  narrator.line('    reports/    отчёты Excel, как их получает менеджер')
  narrator.line('    orders.xml  файл заказов, который читает 1С')
  narrator.line('    mails/      письма; .eml открывает любая почтовая программа')
  narrator.line('    status.txt  что ответила команда obmen status')
  narrator.line('    shop/       папка магазина: настройка, карантин, архив, журнал службы')
}

/** A run of the node of 1C. @throws Error when 1C itself would show it as failed */
async function runOf1c({ ut, clock }: Stage, options: RunOptions = {}): Promise<RunResult> {
  // Two runs never start in the same second: their stamps tell them apart.
  await clock.sleep(2_000)
  const result = await ut.runExchange(options)
  assert(
    result.ok && result.problems.length === 0,
    `обмен в 1С не прошёл: ${result.error ?? result.problems.join('; ')}`,
  )
  return result
}

/** What 1C says now, as Ozon must hold it. */
function expectedNow({ ut }: Stage): ExpectedItem[] {
  return expectedItems(ut.base.free(ut.documents()))
}

function exceptUnpriced(): ReadonlySet<string> {
  return new Set([NO_PRICE, TWO_PRICES])
}

async function untilOzonAgrees(
  stage: Stage,
  unpriced: ReadonlySet<string> = new Set([...TOO_NEAR, NO_PRICE, TWO_PRICES]),
): Promise<void> {
  let left: readonly string[] = []
  await stage.until(
    'Ozon и 1С сойдутся',
    async () => {
      left = differences(expectedNow(stage), await stage.ozon.state(), unpriced)
      return left.length === 0
    },
    () => left.slice(0, 5).join('\n'),
  )
}

async function untilOrdersFile(stage: Stage, what: string, holds: (xml: string) => boolean): Promise<void> {
  await stage.until(what, async () => holds(await readFile(stage.shop.ordersFile, 'utf8')))
}

async function untilMail(stage: Stage, to: string, isMeant: (mail: TakenMail) => boolean): Promise<void> {
  await stage.until('письмо', () => stage.post.mails.some((mail) => mail.to.includes(to) && isMeant(mail)))
}

/** Lets 1C export on schedule while something long is waited for, as it does in a shop. */
async function everyTenMinutes(stage: Stage, work: () => Promise<void>): Promise<void> {
  const done = new AbortController()
  const schedule = (async () => {
    while (!done.signal.aborted) {
      await stage.clock.sleep(10 * MINUTE, done.signal).catch(() => undefined)
      if (!done.signal.aborted) await runOf1c(stage)
    }
  })()
  try {
    await work()
  } finally {
    done.abort()
    await schedule
  }
}

function documentOf({ ut }: Stage, posting: string): UtDocument {
  const found = ut.documents().filter(({ siteId }) => siteId.includes(posting))
  assert(found.length === 1, `в 1С ${found.length} заказов по отправлению ${posting}`)
  return found[0] as UtDocument
}

function assertDocument(
  { ut }: Stage,
  document: UtDocument | undefined,
  warehouse: string,
  lines: readonly (readonly [offerId: string, quantity: number, price: number])[],
): void {
  const is = {
    buyer: document?.counterparty.name,
    state: document?.state,
    warehouse: ut.base.model.warehouses.find(({ id }) => id === document?.warehouseId)?.name,
    lines: document?.lines.map(({ offerId, quantity, price }) => [offerId, quantity, price]),
  }
  const must = { buyer: 'Интернет Решения ООО', state: 'in work', warehouse, lines }
  assert(isDeepStrictEqual(is, must), `заказ ${document?.number ?? ''} в 1С: ${JSON.stringify(is)}`)
}

/** Copies the reports that were made so far and reads them, oldest first. */
async function readReports({ shop, out }: Stage): Promise<ReadReport[]> {
  const folder = join(shop.folder, 'reports', 'ozon-main')
  const names = existsSync(folder) ? (await readdir(folder)).filter((name) => name.endsWith('.xlsx')).sort() : []
  await mkdir(join(out, 'reports'), { recursive: true })
  const reports: ReadReport[] = []
  for (const name of names) {
    await copyFile(join(folder, name), join(out, 'reports', name))
    reports.push(await readReport(join(out, 'reports', name)))
  }
  return reports
}

/** What a report says is still refused, sorted. */
function openRefusals(report: ReadReport | undefined): string[] {
  return refusals(report, (state) => state !== 'Исправлена')
}

function refusals(report: ReadReport | undefined, isMeant: (state: string) => boolean): string[] {
  return (report?.rejections ?? [])
    .filter((row) => isMeant(row['Состояние'] ?? ''))
    .map((row) => {
      const article = row['Артикул на площадке'] || row['Артикул']
      return [article, row['Что'], row['Склад площадки'], row['Код']].filter(Boolean).join(' | ')
    })
    .sort()
}

function priceRefusal(article: string, code: string): string {
  return `${article} | Цена | ${code}`
}

function codesOf(refused: readonly string[]): string[] {
  return refused.map((line) => line.split(' | ').at(-1) ?? '').sort()
}

/** True when every report came by mail, byte for byte. */
async function areMailed({ out, post }: Stage): Promise<boolean> {
  for (const name of await readdir(join(out, 'reports'))) {
    const attached = (await readFile(join(out, 'reports', name))).toString('base64')
    if (!post.mails.some(({ oneLine }) => oneLine.includes(attached))) return false
  }
  return true
}

async function filesBelow(folder: string): Promise<string[]> {
  if (!existsSync(folder)) return []
  const entries = await readdir(folder, { recursive: true })
  return entries.map((path) => path.split(/[\\/]/).at(-1) ?? '')
}

function allOf({ moscow, podolsk, early, late }: Postings): string[] {
  return [moscow, podolsk, early, late]
}

function assert(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise)
}

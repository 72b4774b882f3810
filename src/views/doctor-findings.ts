import { grouped, plural } from '../notify/plural.ts'
import {
  EXCHANGE_ADVICE,
  ITEM_ADVICE,
  remedyOf,
  REPEAT_ADVICE,
  type Advice,
  type ItemAdvice,
  type Places,
} from './doctor-advice.ts'
import type { Diagnosis, Examined, Finding, Severity } from './doctor.ts'
import { isGrowing } from './doctor-words.ts'
import { moment, span } from './moments.ts'
import { ITEM_GAPS, PRODUCT_GAPS, type GapCode } from './survey-items.ts'
import type { Repeated } from './survey-repeats.ts'

/** A full set is old when so much newer data came as changes; 1C that says nothing for so long is silent. */
const OLD = 2 * 86_400_000
const SILENT = 86_400_000

type Numbers = Pick<Finding, 'title'> & Partial<Pick<Finding, 'count' | 'of' | 'examples'>>

const ORDER: readonly Severity[] = ['blocks', 'loss', 'note']

/** Judges what is known of a base. */
export function diagnose(examined: Examined): Diagnosis {
  const findings = findingsOf(examined).sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  const worst = findings[0]?.severity ?? 'note'
  return { ...examined, verdict: worst === 'blocks' ? 'blocked' : worst === 'loss' ? 'gaps' : 'ready', findings }
}

/** Everything that is missing or doubtful, exchange first, then goods. */
function findingsOf(examined: Examined): Finding[] {
  const place = placeOf(examined)
  const made = (code: string, advice: Advice, numbers: Numbers): Finding => ({
    code,
    severity: advice.severity,
    examples: [],
    ...numbers,
    means: advice.means,
    remedy: remedyOf(advice, place),
  })
  const ofExchange = (code: keyof typeof EXCHANGE_ADVICE, numbers: Numbers): Finding =>
    made(code, EXCHANGE_ADVICE[code], numbers)
  return [
    ...inboxFindings(examined, ofExchange),
    ...baseFindings(examined, ofExchange),
    ...runFindings(examined, ofExchange),
    ...itemFindings(examined, made),
  ]
}

/** Why a folder cannot be looked into, by the code of the disk. */
const FAULTS: Readonly<Record<string, string>> = { ENOENT: 'её нет', EACCES: 'нет прав', EPERM: 'нет прав' }

type OfExchange = (code: keyof typeof EXCHANGE_ADVICE, numbers: Numbers) => Finding

function placeOf({ producer: { family }, profile, source }: Examined): keyof Places {
  if (source === 'nowhere') return { native: 'native', unf: 'unf', 'bus-3.1': 'bus' }[profile] as keyof Places
  const places: Readonly<Record<string, keyof Places>> = { A: 'native', B: 'unf', C: 'bus' }
  return places[family ?? ''] ?? 'other'
}

function* inboxFindings(examined: Examined, finding: OfExchange): Generator<Finding> {
  const { inboxes, source, service, unread, quarantined } = examined
  const isBlind = inboxes.every(({ fault }) => fault !== undefined)
  for (const { inbox, fault } of inboxes) {
    if (fault === undefined) continue
    const found = finding('inbox_unreadable', { title: `Папка ${inbox} не читается: ${FAULTS[fault] ?? fault}` })
    yield isBlind ? { ...found, severity: 'blocks' } : found
  }
  if (source === 'nowhere' && inboxes.some(({ fault }) => fault === undefined)) {
    const folders = inboxes.map(({ inbox }) => inbox).join(', ')
    yield finding('no_data', { title: `От 1С ещё не пришло ни одного файла в ${folders}` })
  }
  const waiting = inboxes.reduce((sum, each) => sum + each.waiting, 0)
  if (source === 'state' && service !== 'running' && waiting > 0) {
    yield finding('files_waiting', { title: `В папках лежат новые файлы: ${grouped(waiting)}`, count: waiting })
  }
  for (const { file, message } of unread) {
    yield finding('unread_file', { title: `Файл не читается: ${file}`, examples: [message] })
  }
  if (quarantined > 0) {
    yield finding('quarantined', { title: `В карантине ${plural(quarantined, FILES)}`, count: quarantined })
  }
}

function* baseFindings({ source, survey, unknownCurrencies }: Examined, finding: OfExchange): Generator<Finding> {
  if (source === 'nowhere') return
  const { products, offers, priceTypes, warehouses, currencies, gaps, marks } = survey
  const undescribed = gaps.undescribed?.count ?? 0
  if (products === undescribed) yield finding('no_products', { title: 'Нет ни одной карточки товара' })
  if (offers === 0) {
    yield finding('no_offers', { title: 'Нет ни одного предложения' })
    return
  }
  const hasPrices = priceTypes.some((type) => type.offers > 0)
  const hasStocks = gaps.never_in_stock?.count !== offers
  if (!hasPrices) yield finding('no_prices', { title: 'Нет ни одной цены' })
  if (!hasStocks) yield finding('no_stocks', { title: 'Нет ни одного остатка' })
  else if (!warehouses.some(({ name }) => name !== '')) {
    yield finding('no_warehouses', { title: 'Нет ни одного склада с названием' })
  } else if (survey.totalsOnly > 0) {
    yield finding('totals_only', counted('Остаток без складов', survey.totalsOnly, offers, OFFERS))
  }
  const prices = currencies.reduce((sum, each) => sum + each.prices, 0)
  for (const { word, prices: count } of currencies) {
    if (!unknownCurrencies.includes(word)) continue
    const title = word === '' ? 'Цены без валюты' : `Неизвестная валюта «${word}»`
    const found = finding('unknown_currency', { ...counted(title, count, prices, PRICES), examples: [word] })
    yield count === prices ? { ...found, severity: 'blocks' } : found
  }
  for (const { name, ids, offers: count, zero } of priceTypes) {
    if (name === '') {
      yield finding('unnamed_price_type', {
        ...counted('Цены неизвестного вида', count, offers, OFFERS),
        examples: ids,
      })
    } else if (count === 0 && hasPrices) {
      const title = `По виду цен «${name}» нет ни одной цены${zero > 0 ? ' больше нуля' : ''}`
      yield finding('unused_price_type', { title })
    }
  }
  for (const { name, ids, offers: count, inStock } of warehouses) {
    if (name === '') {
      yield finding('unnamed_warehouse', {
        ...counted('Остатки на неизвестном складе', count, offers, OFFERS),
        examples: ids,
      })
    } else if (inStock === 0 && hasStocks)
      yield finding('unused_warehouse', { title: `На складе «${name}» ничего нет` })
  }
  const repeated = [...priceTypes, ...warehouses].filter(({ name, ids }) => name !== '' && ids.length > 1)
  for (const { name, ids } of repeated) {
    yield finding('repeated_name', {
      title: `Название «${name}» повторяется ${plural(ids.length, TIMES)}`,
      examples: ids,
    })
  }
  if (marks.length === 0) yield finding('no_marks', { title: 'Нет отметки «да/нет» для отбора товаров' })
}

function* runFindings(examined: Examined, finding: OfExchange): Generator<Finding> {
  const { source, producer, runs, full, data, at, timezone } = examined
  if (source === 'nowhere') return
  if (producer.family === 'C') yield finding('full_unknowable', { title: 'Полную выгрузку от изменений не отличить' })
  else if (full.length === 0 && runs.some(({ parts }) => parts.some(({ is }) => is === 'delta'))) {
    yield finding('never_full', { title: 'Полной выгрузки ещё не было' })
  }
  for (const { catalogue, stamp } of full) {
    const age = (data?.stamp ?? stamp) - stamp
    if (age > OLD) {
      const title = `Последняя полная выгрузка — ${span(at - stamp)} назад (${moment(stamp, timezone)})`
      yield finding('full_old', { title, examples: catalogue === '' ? [] : [catalogue] })
    }
  }
  for (const { inbox } of examined.inboxes) {
    const last = runs.find((run) => run.inbox === inbox && !isGrowing(run, source))
    const why = last?.parts.filter(({ is }) => is === 'incomplete').map((part) => part.why ?? '') ?? []
    if (last !== undefined && why.length > 0) {
      const title = `Выгрузка от ${moment(last.stamp, timezone)} пришла не вся`
      yield finding('incomplete_set', { title, examples: [...new Set(why)] })
    }
  }
  if (source === 'state' && data !== undefined && at - data.stamp > SILENT) {
    yield finding('stale_data', { title: `Данные 1С старше суток: ${moment(data.stamp, timezone)}` })
  }
}

function* itemFindings(
  { survey }: Examined,
  made: (code: string, advice: Advice, numbers: Numbers) => Finding,
): Generator<Finding> {
  const { gaps, products, offers } = survey
  const isProductGap = (code: GapCode): boolean => PRODUCT_GAPS.some((each) => each === code)
  for (const code of [...PRODUCT_GAPS, ...ITEM_GAPS]) {
    const gap = gaps[code]
    if (gap === undefined || isSaidOfBase(code, gap.count, survey)) continue
    const of = isProductGap(code) ? products : offers
    const advice: ItemAdvice = ITEM_ADVICE[code]
    const all = gap.count === of
    const names = gap.examples.map(({ article, name, id }) => [article, name || id].filter(Boolean).join(' '))
    const severity = all ? (advice.all ?? advice.severity) : advice.severity
    yield made(
      code,
      { ...advice, severity },
      {
        ...counted(advice.title, gap.count, of, isProductGap(code) ? PRODUCTS : OFFERS),
        examples: all ? [] : [...new Set(names)],
      },
    )
  }
  const repeats: readonly [keyof typeof REPEAT_ADVICE, string, Repeated, number, Forms][] = [
    ['repeated_articles', 'Артикул повторяется', survey.repeatedArticles, products, PRODUCTS],
    ['repeated_codes', 'Артикул с характеристикой повторяется', survey.repeatedCodes, offers, OFFERS],
    ['repeated_barcodes', 'Штрихкод повторяется', survey.repeatedBarcodes, offers, OFFERS],
  ]
  for (const [code, title, { times, examples }, of, forms] of repeats) {
    if (times === 0) continue
    const shown = examples.map((each) => `${each.text} × ${each.times}`)
    yield made(code, REPEAT_ADVICE[code], { ...counted(title, times, of, forms), examples: shown })
  }
}

/** What a finding of the whole base says already. */
function isSaidOfBase(code: GapCode, count: number, { products, offers }: Examined['survey']): boolean {
  if (code === 'undescribed') return count === products
  return (code === 'no_price' || code === 'never_in_stock') && count === offers
}

type Forms = readonly [one: string, few: string, many: string]
const FILES: Forms = ['файл', 'файла', 'файлов']
const PRODUCTS: Forms = ['товар', 'товара', 'товаров']
const OFFERS: Forms = ['предложение', 'предложения', 'предложений']
const TIMES: Forms = ['раз', 'раза', 'раз']
const PRICES: Forms = ['цена', 'цены', 'цен']

/** «Нет артикула: 61 товар из 1 102», «Нет артикула: все 1 102 товара». */
function counted(title: string, count: number, of: number, forms: Forms): Numbers {
  const share = count === of && of > 1 ? `все ${plural(count, forms)}` : `${plural(count, forms)} из ${grouped(of)}`
  return { title: `${title}: ${share}`, count, of }
}

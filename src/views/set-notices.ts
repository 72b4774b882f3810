import type { Notice } from '../core/notice.ts'
import { plural } from '../notify/plural.ts'
import { moment, span } from './moments.ts'

/** Notices about the files of one export of 1C as a whole. Pure functions from plain data to words. */

const DAY = 86_400_000

/** A portion that an earlier, larger export left in the folder. */
export function stalePortion(stale: {
  readonly exchange: string
  readonly inbox: string
  readonly file: string
  /** The first portion of a newer export. */
  readonly newer: string
}): Notice {
  return {
    cause: `set.stale:${stale.exchange}:${stale.inbox}`,
    topic: 'errors',
    title: `Файл ${stale.file} остался от старой выгрузки и пропущен`,
    what:
      `Это часть прежней, более крупной выгрузки: её первой части нет, а рядом лежит первая часть новой (${stale.newer}). ` +
      '1С не удаляет старые файлы из папки обмена. Файл не читали, ничего в каталоге не изменилось.',
    where: `${stale.file}\nОбмен: ${stale.exchange}`,
    data: 'Файл сохранён в архиве. Если таких файлов несколько, все они там же.',
    todo: 'Ничего делать не нужно. Если часть всё же нужна — выгрузите из 1С всё ещё раз.',
    repeatAfter: DAY,
  }
}

/** A file went away, or was written over, before it was taken. */
export function fileLost(lost: {
  readonly exchange: string
  readonly inbox: string
  readonly name: string
  readonly why: 'gone' | 'overwritten'
}): Notice {
  const { exchange, inbox, name, why } = lost
  const happened = why === 'gone' ? 'исчез из папки' : 'переписан другой выгрузкой'
  return {
    cause: `set.lost:${exchange}:${inbox}`,
    topic: 'errors',
    title: `Файл ${name} ${happened} раньше, чем его загрузили`,
    what:
      'Что стояло в этом файле, неизвестно. Выгрузка, к которой он относится, считается неполной: если в ней чего-то нет, ' +
      'это не значит, что товара больше нет.',
    where: `Папка: ${inbox}\nОбмен: ${exchange}`,
    data: name,
    todo:
      'Выгрузите из 1С всё ещё раз. Проверьте, не убирает ли файлы обмена другая программа или человек: ' +
      'если папку читает ещё одна программа, пусть она получает свою копию.',
    repeatAfter: DAY,
  }
}

/** An export began before the files of the one before it were taken: whether that one is whole, nobody knows. */
export function setOvertaken(overtaken: {
  readonly exchange: string
  readonly inbox: string
  readonly folder: string
}): Notice {
  const { exchange, inbox, folder } = overtaken
  return {
    cause: `set.overtaken:${exchange}:${inbox}`,
    topic: 'errors',
    title: 'Выгрузки 1С идут одна поверх другой: прежняя не считается полной',
    what:
      'Новая выгрузка началась раньше, чем были загружены все файлы прежней, и могла их переписать. ' +
      'Всё, что загружено, действует; какие товары пропали из прежней выгрузки, по ней не решается.',
    where: `Папка: ${inbox}${folder === '' ? '' : `/${folder}`}\nОбмен: ${exchange}`,
    data: 'Пропавшие из выгрузки товары остаются на площадках, пока не придёт полная выгрузка, которую ничто не перебило.',
    todo: 'Если это повторяется — увеличьте промежуток между выгрузками узла обмена и проверьте, что часы сервера 1С не отстают.',
    repeatAfter: DAY,
  }
}

/** What is kept of a catalogue of 1C counts no more: its inbox has long exported others only. */
export function catalogueForgotten(forgotten: {
  readonly exchange: string
  readonly inbox: string
  /** Id of the catalogue in 1C. */
  readonly catalogue: string
  readonly products: number
  readonly offers: number
}): Notice {
  const { exchange, inbox, catalogue, products, offers } = forgotten
  return {
    cause: `set.forgotten:${exchange}:${inbox}:${catalogue}`,
    topic: 'errors',
    title: `Каталог ${catalogue || 'без имени'} больше не выгружается из 1С`,
    what:
      'Месяц ни один файл этой папки не называл его, хотя полные выгрузки других каталогов приходят. ' +
      'До сих пор его товары считались выгруженными: если другая выгрузка их не называла, они оставались на площадках. Теперь не считаются.',
    where: `Папка: ${inbox}\nОбмен: ${exchange}`,
    data: `${plural(products, PRODUCTS)}, ${plural(offers, OFFERS)}`,
    todo:
      'Если каталог удалён в 1С — ничего делать не нужно; товары, которых нет и в других каталогах, остаются на площадках как есть: ' +
      'пометьте их в 1С на удаление и выгрузите. Если выгрузка каталога сломалась — исправьте узел обмена и выгрузите всё ещё раз.',
    repeatAfter: DAY,
  }
}

/** Causes of an inbox that end when a complete full set of it came. */
export function incompleteCauses(exchange: string, inbox: string): readonly string[] {
  return ['lost', 'overtaken', 'stale'].map((kind) => `set.${kind}:${exchange}:${inbox}`)
}

/** Files named in a mail about what keeps a set open. */
const FILES_SHOWN = 10

/** Files stand in an inbox for long and keep what came with them from being weighed as a whole. */
export function setsWait(waiting: {
  readonly exchange: string
  readonly inbox: string
  readonly names: readonly string[]
  /** Milliseconds. */
  readonly lasts: number
}): Notice {
  const { exchange, inbox, names, lasts } = waiting
  const more = names.length > FILES_SHOWN ? [`и ещё ${names.length - FILES_SHOWN}`] : []
  return {
    cause: setsWaitCause(exchange, inbox),
    topic: 'errors',
    title: 'Выгрузка 1С не учтена до конца: в папке лежат незагруженные файлы',
    what:
      'Какие товары пропали из полной выгрузки, видно только тогда, когда загружены все её файлы. ' +
      `Файлы, которые пока не удаётся загрузить, ждут уже ${span(lasts)}: их ещё пишут или они недоступны.`,
    where: `Папка: ${inbox}\nОбмен: ${exchange}`,
    data: [...names.slice(0, FILES_SHOWN), ...more].join('\n'),
    todo:
      'Дождитесь конца выгрузки. Если её никто не ведёт — уберите эти файлы из папки обмена и выгрузите всё ещё раз. ' +
      'Цены и остатки из загруженных файлов обновляются как обычно; пропавшие товары до тех пор остаются на площадках.',
    repeatAfter: DAY,
  }
}

/** The cause of {@link setsWait}. */
export function setsWaitCause(exchange: string, inbox: string): string {
  return `set.waits:${exchange}:${inbox}`
}

/** What a complete full export left out, beyond what the guard allows. */
export interface HeldRemoval {
  readonly exchange: string
  readonly pipeline: string
  readonly id: string
  readonly inbox: string
  /** A file of the export. */
  readonly place: string
  /** Stamp of the export, epoch milliseconds. */
  readonly asOf: number
  readonly timezone: string
  readonly products: { readonly count: number; readonly before: number }
  readonly offers: { readonly count: number; readonly before: number }
  /** Share 0…1 that the guard allows. */
  readonly limit: number
  /** Goods that the export names while all their offers are missing. */
  readonly bereft: number
  readonly sample: readonly { readonly id: string; readonly article: string; readonly name: string }[]
}

/** Goods are missing in a full export, too many to believe it. */
export function removalHeld(held: HeldRemoval): Notice {
  const { products, offers, sample, exchange, pipeline, id } = held
  const names = sample.map(({ id: itemId, article, name }) => [article || itemId, name].filter(Boolean).join(' · '))
  const total = products.count + offers.count
  const counted = [missing(products, PRODUCTS), missing(offers, OFFERS)].filter((text) => text !== '')
  const more = total - names.length
  return {
    cause: removalCause(exchange, id),
    topic: 'errors',
    title: `Из полной выгрузки 1С пропало: ${short(held)}`,
    what:
      `Полная выгрузка от ${moment(held.asOf, held.timezone)} не содержит того, что было раньше: ${counted.join('; ')}. ` +
      (held.bereft > 0
        ? `При этом у ${plural(held.bereft, ['товара', 'товаров', 'товаров'])}, которые 1С выгружает, не осталось ни одного предложения: похоже, потеряны файлы с предложениями. `
        : `Без решения человека снимается не больше ${percent(held.limit)}. `) +
      'Поэтому ничего не снято: на площадках всё как было.',
    where: `${held.place}\nПапка: ${held.inbox}\nОбмен: ${exchange}, конвейер ${pipeline}`,
    data: [...names, ...(more > 0 && names.length > 0 ? [`… и ещё ${more} (товары и их предложения)`] : [])].join('\n'),
    todo:
      `Проверьте в 1С отбор узла обмена. Если товары пропали по ошибке — исправьте и выгрузите всё ещё раз, больше ничего не нужно.\n` +
      `Товаров и правда больше нет: obmen held release ${pipeline} ${id}\n` +
      `Оставить их на площадках: obmen held drop ${pipeline} ${id}`,
    repeatAfter: DAY,
  }
}

/** The cause of the notice about a held conclusion. */
export function removalCause(exchange: string, id: string): string {
  return `set.held:${exchange}:${id}`
}

const PRODUCTS = ['товар', 'товара', 'товаров'] as const
const OFFERS = ['предложение', 'предложения', 'предложений'] as const

function short({ products, offers }: HeldRemoval): string {
  const parts = [
    products.count === 0 ? '' : plural(products.count, PRODUCTS),
    offers.count === 0 ? '' : plural(offers.count, OFFERS),
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function missing(
  { count, before }: { readonly count: number; readonly before: number },
  forms: readonly [one: string, few: string, many: string],
): string {
  return count === 0 ? '' : `${plural(count, forms)} из ${before} (${percent(count / before)})`
}

function percent(share: number): string {
  return `${String(Math.round(share * 1000) / 10).replace('.', ',')} %`
}

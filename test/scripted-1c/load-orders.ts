import { guidOf } from '../../fixtures/guid.ts'
import type { UtCounterparty, UtDocument, UtLine } from './documents.ts'
import type { ScriptedBase } from './scripted-base.ts'
import { all, isEmpty, maybe, need, needText, parseXml, textOf, walk, type XmlElement } from './xml-tree.ts'

/** What the node knows when it loads orders. */
export interface LoadSettings {
  readonly base: ScriptedBase
  /** Text of «Статус заказа» → state of the order in the base; an unmapped text leaves the order awaiting approval. */
  readonly statuses: Readonly<Record<string, UtDocument['state']>>
  /** GUID of the warehouse of orders that name none. */
  readonly defaultWarehouse: string
}

/** What one load did. */
export interface LoadResult {
  /** All orders of the base after the load; the same as before when the load was rolled back. */
  readonly documents: readonly UtDocument[]
  readonly created: readonly string[]
  readonly refilled: readonly string[]
  /** Numbers of orders in work: nothing of them was read, a cancellation neither. */
  readonly skipped: readonly string[]
  /** Why the load ended early or was rolled back; 1C puts it into its event log only. */
  readonly error?: string
  /** What 1C swallows without a word but no file of ours may ever cause. */
  readonly problems: readonly string[]
}

/** 1C looks the number up in a column of this length. */
const NUMBER_LENGTH = 11

/**
 * Loads an order file as УТ 11 does: document by document, in the order of the file. A document that is no order, or
 * without a currency, ends the load: what came before it stays, unposted. An access to a missing element rolls the
 * whole file back.
 */
export function loadOrders(source: string, before: readonly UtDocument[], settings: LoadSettings): LoadResult {
  const load = new Load(before, settings)
  try {
    load.file(parseXml(source))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { documents: before, created: [], refilled: [], skipped: [], error: message, problems: load.problems }
  }
  return load.result()
}

class Load {
  readonly problems: string[] = []
  readonly #settings: LoadSettings
  readonly #documents: UtDocument[]
  readonly #created: string[] = []
  readonly #refilled: string[] = []
  readonly #skipped: string[] = []
  #error: string | undefined

  constructor(before: readonly UtDocument[], settings: LoadSettings) {
    this.#documents = [...before]
    this.#settings = settings
  }

  result(): LoadResult {
    const { problems } = this
    return {
      documents: this.#documents,
      created: this.#created,
      refilled: this.#refilled,
      skipped: this.#skipped,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      problems,
    }
  }

  file(root: XmlElement): void {
    if (root.attributes['xmlns'] !== undefined)
      throw new Error(`typed reading failed: namespace ${root.attributes['xmlns']}`)
    if (root.name !== 'КоммерческаяИнформация') throw new Error(`unknown root ${root.name}`)
    for (const element of walk(root)) {
      if (element !== root && isEmpty(element))
        this.problems.push(`empty element ${element.name} at line ${element.line}`)
    }
    for (const document of all(root, 'Документ')) {
      this.#error = stopReason(document)
      if (this.#error !== undefined) break
      this.#document(document)
    }
    if (this.#error === undefined) this.#post()
  }

  /** Orders are posted only after the last document of the file was read. */
  #post(): void {
    const loaded = new Set([...this.#created, ...this.#refilled])
    for (const [index, document] of this.#documents.entries()) {
      if (loaded.has(document.number)) this.#documents[index] = { ...document, posted: true }
    }
  }

  #document(element: XmlElement): void {
    const number = needText(element, 'Номер')
    if (number.length > NUMBER_LENGTH)
      this.problems.push(`number ${number} is never found again: ${number.length} characters`)
    const index = this.#documents.findIndex((document) => document.number === number.slice(0, NUMBER_LENGTH))
    const earlier = this.#documents[index]
    if (earlier?.state === 'in work') {
      this.#skipped.push(number)
      return
    }
    const filled = this.#filled(element, number, earlier)
    if (earlier === undefined) {
      this.#documents.push(filled)
      this.#created.push(number)
    } else {
      this.#documents[index] = filled
      this.#refilled.push(number)
    }
  }

  #filled(element: XmlElement, number: string, earlier: UtDocument | undefined): UtDocument {
    const requisites = requisitesOf(element)
    const status = requisites.get('Статус заказа') ?? ''
    const state = Object.hasOwn(this.#settings.statuses, status) ? this.#settings.statuses[status] : undefined
    const shipDate = requisites.get('Дата отгрузки')?.slice(0, 10)
    const count = this.#documents.length + 1
    return {
      guid: earlier?.guid ?? guidOf(`document ${number} ${count}`),
      number1c: earlier?.number1c ?? `00УТ-${String(count).padStart(6, '0')}`,
      number,
      siteId: needText(element, 'Ид'),
      date: needText(element, 'Дата'),
      time: textOf(element, 'Время') ?? '00:00:00',
      currency: needText(element, 'Валюта'),
      counterparty: this.#counterparty(element),
      warehouseId: this.#warehouse(element),
      vatIncluded: vatIncluded(element),
      comment: textOf(element, 'Комментарий') ?? '',
      ...(shipDate === undefined ? {} : { shipDate }),
      status: state === undefined ? 'Не согласован' : status,
      state: state ?? 'awaiting approval',
      cancelled: requisites.get('Отменен') === 'true',
      posted: false,
      shipped: earlier?.shipped ?? false,
      paid: earlier?.paid ?? false,
      lines: all(need(element, 'Товары'), 'Товар').flatMap((line) => this.#line(line)),
      filled: (earlier?.filled ?? 0) + 1,
    }
  }

  #counterparty(document: XmlElement): UtCounterparty {
    const first = all(need(document, 'Контрагенты'), 'Контрагент')[0]
    if (first === undefined) throw new Error('Поле объекта не обнаружено (Контрагенты.Контрагент)')
    const company = all(first, 'ОфициальноеНаименование').length > 0
    if (company && all(first, 'ПолноеНаименование').length > 0) {
      this.problems.push('counterparty is named as a company and as a person')
    }
    return {
      name: needText(first, 'Наименование'),
      company,
      inn: textOf(first, 'ИНН') ?? '',
      kpp: textOf(first, 'КПП') ?? '',
    }
  }

  #warehouse(document: XmlElement): string {
    const warehouses = maybe(document, 'Склады')
    if (warehouses === undefined) return this.#settings.defaultWarehouse
    const warehouse = need(warehouses, 'Склад')
    const id = needText(warehouse, 'Ид')
    needText(warehouse, 'Наименование')
    for (const [group, part] of [
      ['Адрес', 'АдресноеПоле'],
      ['Контакты', 'Контакт'],
    ] as const) {
      const pair = need(need(warehouse, group), part)
      needText(pair, 'Тип')
      needText(pair, 'Значение')
    }
    if (!this.#settings.base.model.warehouses.some((known) => known.id === id)) {
      this.problems.push(`warehouse ${id} is unknown: 1C creates one`)
    }
    return id
  }

  #line(line: XmlElement): UtLine[] {
    const offerId = needText(line, 'Ид')
    const quantity = numberOf(textOf(line, 'Количество'))
    if (quantity === 0) {
      this.problems.push(`line ${offerId} has no quantity and is skipped`)
      return []
    }
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(#|$)/i.test(offerId)) {
      throw new Error(`Новый УникальныйИдентификатор: wrong value ${offerId}`)
    }
    if (all(line, 'Артикул').length > 0)
      this.problems.push(`line ${offerId} has an article: 1C may take another good by it`)
    const { good, variant } = this.#settings.base.find(offerId)
    if (good === undefined) this.problems.push(`goods ${offerId} are unknown: 1C creates them`)
    else if (variant === undefined) this.problems.push(`characteristic of ${offerId} is unknown: 1C creates it`)
    const amount = numberOf(textOf(line, 'Сумма'))
    return [{ offerId, quantity, price: amount / quantity, amount, vat: lineVat(line) }]
  }
}

function stopReason(document: XmlElement): string | undefined {
  if ((textOf(document, 'ХозОперация') ?? '').toLowerCase() !== 'заказ товара') {
    return `line ${document.line}: the operation is not «Заказ товара»`
  }
  return (textOf(document, 'Валюта') ?? '') === '' ? `line ${document.line}: no currency` : undefined
}

function requisitesOf(document: XmlElement): Map<string, string> {
  const block = maybe(document, 'ЗначенияРеквизитов')
  const rows = block === undefined ? [] : all(block, 'ЗначениеРеквизита')
  return new Map(rows.map((row) => [needText(row, 'Наименование'), textOf(row, 'Значение') ?? '']))
}

/** Without the block 1C puts VAT on top of the sum. */
function vatIncluded(document: XmlElement): boolean {
  const taxes = maybe(document, 'Налоги')
  const first = taxes === undefined ? undefined : all(taxes, 'Налог')[0]
  return first !== undefined && textOf(first, 'УчтеноВСумме') === 'true'
}

function lineVat(line: XmlElement): string {
  const rates = maybe(line, 'СтавкиНалогов')
  const first = rates === undefined ? undefined : all(rates, 'СтавкаНалога')[0]
  const rate = first === undefined ? undefined : textOf(first, 'Ставка')
  return rate !== undefined && /^\d+(\/\d+)?$/.test(rate) ? rate : 'Без НДС'
}

/** 1C reads garbage as 0. */
function numberOf(text: string | undefined): number {
  const number = text === undefined || !/^-?\d+(\.\d+)?$/.test(text) ? 0 : Number(text)
  return Number.isFinite(number) ? number : 0
}

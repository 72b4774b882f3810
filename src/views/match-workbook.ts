import type { Files } from '../core/files.ts'
import type { Column, Row, Sheet } from '../formats/xlsx/sheet.ts'
import { writeWorkbook } from '../formats/xlsx/write-workbook.ts'
import type { MatchRule } from '../pipeline/match-leads.ts'
import type { Matching, OpenOffer, Suggestion, SurePair } from '../pipeline/matching.ts'
import type { Rename } from '../pipeline/renames.ts'
import { MATCH_DECISIONS, MATCH_COLUMNS, MATCH_SHEET } from '../tables/match-table.ts'
import { HELP } from './workbook-parts.ts'

/** What a match workbook shows. */
export interface MatchReport {
  readonly account: string
  /** The marketplace as people call it. */
  readonly marketplace: string
  readonly matching: Matching
  readonly renames: readonly Rename[]
  readonly timezone: string
  /** Clock milliseconds. */
  readonly at: number
}

/** Writes the workbook in which a person completes what could not be paired. */
export async function writeMatchWorkbook(path: string, report: MatchReport, files: Files): Promise<void> {
  const { matching, renames } = report
  const sheets = [openSheet(report)]
  if (matching.sure.length > 0) sheets.push(sureSheet(matching.sure))
  if (renames.length > 0) sheets.push(renamesSheet(renames))
  if (matching.openItems.length > 0 || matching.gone.length > 0) sheets.push(withoutCardSheet(matching))
  sheets.push(helpSheet(report))
  await writeWorkbook(path, sheets, { files, timezone: report.timezone, createdAt: report.at })
}

const CARD: readonly Column[] = [
  { header: MATCH_COLUMNS.offerId, key: 'offerId', type: 'text' },
  { header: 'Название на площадке', key: 'cardName', type: 'text', width: 40, wrap: true },
  { header: 'Штрихкоды на площадке', key: 'cardBarcodes', type: 'text' },
]
const ITEM: readonly Column[] = [
  { header: MATCH_COLUMNS.itemId, key: 'itemId', type: 'text', width: 38 },
  { header: MATCH_COLUMNS.article, key: 'article', type: 'text' },
  { header: 'Название в 1С', key: 'name', type: 'text', width: 40, wrap: true },
  { header: 'Штрихкоды в 1С', key: 'barcodes', type: 'text' },
]

function cardCells({ offer }: Pick<OpenOffer, 'offer'>): Row {
  const name = offer.archived ? `${offer.name} (в архиве)` : offer.name
  return { offerId: offer.offerId, cardName: name, cardBarcodes: offer.barcodes.join(', ') }
}

function itemCells({ item: { itemId, article, name, barcodes } }: Pick<Suggestion, 'item'>): Row {
  return { itemId, article, name, barcodes: barcodes.join(', ') }
}

/** One row for each suggestion, so that a person only writes «да» into the right one. */
function openSheet({ matching, marketplace }: MatchReport): Sheet {
  const rank: Readonly<Record<OpenOffer['kind'], number>> = {
    conflict: 0,
    ambiguous: 1,
    renamed: 2,
    unknown: 3,
    unselected: 4,
  }
  const offers = matching.openOffers.toSorted((a, b) => rank[a.kind] - rank[b.kind])
  return {
    name: MATCH_SHEET,
    tab: offers.length === 0 ? 'ok' : 'warn',
    frozenColumns: 1,
    columns: [
      ...CARD,
      { header: 'Почему не сопоставлено', key: 'why', type: 'text', width: 44, wrap: true },
      ...ITEM,
      { header: 'Что совпало', key: 'rules', type: 'text' },
      { header: 'Уверенность', key: 'confidence', type: 'percent' },
      { header: MATCH_COLUMNS.decision, key: 'decision', type: 'text', width: 12 },
    ],
    rows: offers.flatMap((open) => {
      const card = { ...cardCells(open), why: whyOpen(open, marketplace) }
      if (open.suggestions.length === 0) return [card]
      return open.suggestions.map((suggestion): Row => ({
        ...card,
        ...itemCells(suggestion),
        rules: rulesText(suggestion.rules),
        ...(open.kind === 'unselected' ? {} : { confidence: suggestion.confidence }),
      }))
    }),
  }
}

function whyOpen({ kind, suggestions }: OpenOffer, marketplace: string): string {
  const texts: Readonly<Record<OpenOffer['kind'], string>> = {
    conflict: 'Признаки спорят: артикул указывает на один товар, штрихкод или код — на другой',
    ambiguous: 'Подходит несколько товаров или карточек: артикул или штрихкод повторяется',
    renamed: `Похоже, карточку переименовали на ${marketplace}: раньше она была «${suggestions[0]?.instead ?? ''}»`,
    unselected: 'Товар есть в 1С, но не отмечен для этой площадки: отметьте его в 1С и повторите',
    unknown:
      suggestions.length === 0
        ? 'В 1С ничего похожего: впишите Ид или артикул товара, если он есть'
        : 'Ни артикул, ни штрихкод не совпали; есть похожие названия',
  }
  return texts[kind]
}

const RULES: Readonly<Record<MatchRule, string>> = {
  identity: 'артикул для площадки',
  article: 'артикул',
  barcode: 'штрихкод',
  code: 'код',
}

function rulesText(rules: readonly MatchRule[]): string {
  return rules.length === 0 ? 'похожее название' : rules.map((rule) => RULES[rule]).join(', ')
}

/** Pairs that are sure, those whose names have the least in common first. */
function sureSheet(sure: readonly SurePair[]): Sheet {
  return {
    name: 'Пары',
    tab: 'ok',
    frozenColumns: 1,
    columns: [
      ...CARD,
      ...ITEM,
      { header: 'Что совпало', key: 'rule', type: 'text' },
      { header: 'Общие слова в названиях', key: 'likeness', type: 'percent' },
    ],
    rows: sure
      .toSorted((a, b) => a.likeness - b.likeness)
      .map((pair): Row => ({
        ...cardCells(pair),
        ...itemCells(pair),
        rule: RULES[pair.rule],
        likeness: { value: pair.likeness, ...(pair.likeness === 0 ? { tone: 'warn' as const } : {}) },
      })),
  }
}

function renamesSheet(renames: readonly Rename[]): Sheet {
  return {
    name: 'Переименовать',
    tab: 'warn',
    frozenColumns: 1,
    columns: [
      { header: MATCH_COLUMNS.offerId, key: 'offerId', type: 'text' },
      { header: 'Артикул по правилам', key: 'wanted', type: 'text' },
      { header: 'Название в 1С', key: 'name', type: 'text', width: 40, wrap: true },
      { header: MATCH_COLUMNS.itemId, key: 'itemId', type: 'text', width: 38 },
      { header: 'Что мешает', key: 'owner', type: 'text', width: 44, wrap: true },
    ],
    rows: renames.map(({ owner, ...rename }): Row => {
      return { ...rename, ...(owner === undefined ? {} : { owner: `Этот артикул уже у товара ${owner}` }) }
    }),
  }
}

function withoutCardSheet({ openItems, gone }: Matching): Sheet {
  return {
    name: 'Нет на площадке',
    frozenColumns: 2,
    columns: [...ITEM, { header: 'Примечание', key: 'note', type: 'text', width: 60, wrap: true }],
    rows: [
      ...gone.map((item): Row => ({
        ...itemCells({ item }),
        note: { value: 'Карточка этого товара пропала с площадки или переименована там', tone: 'warn' },
      })),
      ...openItems.map(({ item, taken }): Row => {
        const note = taken === undefined ? undefined : `Артикул «${taken.offerId}» уже у товара ${taken.owner}`
        return { ...itemCells({ item }), ...(note === undefined ? {} : { note: { value: note, tone: 'warn' } }) }
      }),
    ],
  }
}

function helpSheet({ account, marketplace }: MatchReport): Sheet {
  const lines = [
    `Товары 1С и карточки ${marketplace} (кабинет «${account}»). Ничего не отправляется и не создаётся.`,
    `Лист «${MATCH_SHEET}»: каждая строка — карточка и товар, который ей может подойти.`,
    `Если строка верна, напишите «${MATCH_DECISIONS.yes}» в столбец «${MATCH_COLUMNS.decision}»; если нет — ничего или «${MATCH_DECISIONS.no}».`,
    `Если подходит другой товар, замените «${MATCH_COLUMNS.itemId}» (или сотрите его и впишите «${MATCH_COLUMNS.article}», если он не повторяется) и напишите «${MATCH_DECISIONS.yes}».`,
    'Первую строку не меняйте; строки можно удалять, сортировать и фильтровать.',
    `Сохраните книгу и выполните: obmen match ${account} --from <файл>. Ошибки будут названы с листом и ячейкой, тогда не записывается ничего.`,
    'Лист «Пары»: что сопоставлено уверенно. Сверху пары, в названиях которых нет общих слов, — проверьте их.',
    'Лист «Переименовать»: карточка называется не так, как даёт правило артикулов. Сама собой она не переименуется.',
    'Лист «Нет на площадке»: товары 1С, у которых карточки нет.',
  ]
  return {
    name: HELP,
    filter: false,
    columns: [{ header: 'Как пользоваться', key: 'line', type: 'text', width: 110, wrap: true }],
    rows: lines.map((line): Row => ({ line })),
  }
}

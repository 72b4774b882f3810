import type { ProductEntry } from '../core/catalogue.ts'
import { isGone } from '../core/catalogue.ts'
import type { Files } from '../core/files.ts'
import type { Cell, Column, Row, Sheet, Tone } from '../formats/xlsx/sheet.ts'
import { writeWorkbook } from '../formats/xlsx/write-workbook.ts'
import { grouped } from '../notify/plural.ts'
import type { Dictionary } from '../state/dictionary.ts'
import { ITEM_ADVICE } from './doctor-advice.ts'
import {
  catalogueName,
  FAMILIES,
  GROWING,
  isGrowing,
  PARTS,
  SEVERITIES,
  SOURCES,
  verdictOf,
  VERDICTS,
} from './doctor-words.ts'
import type { Diagnosis, Severity } from './doctor.ts'
import { moment, span } from './moments.ts'
import { head, line, mapped, toned, worst } from './workbook-parts.ts'
import type { SurveyedGroup } from './survey-groups.ts'
import { readItem, readProduct } from './survey-items.ts'
import type { SurveyedTexts } from './survey.ts'

/** What the workbook is made of: the diagnosis, and the goods once more for the list of those that lack something. */
export interface DoctorBook {
  readonly diagnosis: Diagnosis
  readonly texts: SurveyedTexts
  readonly dictionary: Dictionary
  entries(): AsyncIterable<readonly ProductEntry[]>
}

const TONES: Readonly<Record<Severity, Tone>> = { blocks: 'error', loss: 'warn', note: 'ok' }

/** Writes the diagnosis as a workbook; memory does not grow with the goods. @throws what the disk throws */
export async function writeDoctorBook(
  path: string,
  book: DoctorBook,
  files: Files,
  signal: AbortSignal,
): Promise<void> {
  const { at, timezone } = book.diagnosis
  await writeWorkbook(path, doctorSheets(book), { files, timezone, createdAt: at, signal })
}

function doctorSheets(book: DoctorBook): Sheet[] {
  const { survey, findings, source } = book.diagnosis
  return [
    summarySheet(book.diagnosis),
    ...(findings.length === 0 ? [] : [findingsSheet(book.diagnosis)]),
    ...(survey.priceTypes.length === 0 ? [] : [priceTypesSheet(book.diagnosis)]),
    ...(survey.warehouses.length === 0 ? [] : [warehousesSheet(book.diagnosis)]),
    ...(survey.marks.length === 0 ? [] : [marksSheet(book.diagnosis)]),
    ...(survey.groups.length === 0 ? [] : [groupsSheet(book.diagnosis)]),
    ...(source === 'nowhere' ? [] : [itemsSheet(book)]),
  ]
}

function summarySheet(diagnosis: Diagnosis): Sheet {
  return {
    name: 'Сводка',
    tab: worst(diagnosis.findings.map(({ severity }) => TONES[severity])),
    filter: false,
    frozenColumns: 1,
    columns: [
      { header: 'Показатель', key: 'name', type: 'text', width: 30 },
      { header: 'Значение', key: 'value', type: 'text', width: 44, wrap: true },
      { header: 'Пояснение', key: 'note', type: 'text', width: 64, wrap: true },
    ],
    rows: summaryRows(diagnosis),
  }
}

function* summaryRows(diagnosis: Diagnosis): Generator<Row> {
  const { exchange, at, timezone, source, service, producer, data, runs, full, survey, verdict, findings } = diagnosis
  const tone = ({ blocked: 'error', gaps: 'warn', ready: 'ok' } as const)[verdict]
  yield line('Итог', { value: VERDICTS[verdict], tone, strong: true }, verdictOf(findings).replace(/^: /, ''))
  yield line('Обмен', exchange, SOURCES[source][service])
  yield line('Составлено', moment(at, timezone), `Время: ${timezone}`)
  if (source === 'nowhere') return
  yield line(
    'Кто пишет файлы',
    FAMILIES[producer.family ?? 'unknown'],
    `CommerceML ${producer.version ?? 'без версии'}`,
  )
  if (data !== undefined)
    yield line('Данные 1С от', moment(data.stamp, timezone), `Возраст: ${span(at - data.stamp)}. Файл: ${data.file}`)
  for (const { catalogue, stamp } of full)
    yield line('Последняя полная выгрузка', moment(stamp, timezone), catalogueName(catalogue, survey))
  yield {}
  yield head('Выгрузки')
  for (const run of runs) {
    const { stamp, parts, folder } = run
    const said = parts.map(({ part, is }) => `${part === 'import' ? 'товары' : 'предложения'}: ${PARTS[is]}`)
    yield line(
      moment(stamp, timezone),
      [...new Set(said)].join(', '),
      [folder, isGrowing(run, source) ? GROWING : ''].filter(Boolean).join(', '),
    )
  }
  yield {}
  yield head('Что выгружается')
  const counts: readonly (readonly [string, number, string])[] = [
    ['Товары', survey.products, ''],
    ['Предложения', survey.offers, `Из них характеристик: ${grouped(survey.variants)}`],
    ['Сняты с продажи', survey.gone, 'Помечены на удаление или пропали из полной выгрузки; дальше не учтены'],
    ['Услуги', survey.services, 'Дальше не учтены'],
    ['Товары без предложений', survey.withoutOffers, 'Продавать нечего'],
    ['Товары с картинкой', survey.pictures, ''],
  ]
  for (const [name, count, note] of counts) yield line(name, grouped(count), note)
  for (const { word, prices } of survey.currencies) yield line(`Валюта «${word}»`, grouped(prices), 'Цен')
  for (const { rate, products } of survey.vat) yield line(`НДС «${rate}»`, grouped(products), 'Товаров')
  for (const { name, id, products } of survey.catalogues)
    yield line(`Каталог «${name || id}»`, grouped(products), 'Товаров')
}

function findingsSheet({ findings }: Diagnosis): Sheet {
  return {
    name: 'Что сделать',
    tab: worst(findings.map(({ severity }) => TONES[severity])),
    frozenColumns: 2,
    columns: [
      { header: 'Важность', key: 'severity', type: 'text' },
      { header: 'Что', key: 'title', type: 'text', width: 40, wrap: true },
      { header: 'Сколько', key: 'count', type: 'int' },
      { header: 'Из скольких', key: 'of', type: 'int' },
      { header: 'Что значит для площадки', key: 'means', type: 'text', width: 56, wrap: true },
      { header: 'Где исправить', key: 'remedy', type: 'text', width: 60, wrap: true },
      { header: 'Например', key: 'examples', type: 'text', width: 48, wrap: true },
      { header: 'Код', key: 'code', type: 'text' },
    ],
    rows: mapped(findings, ({ severity, examples, ...finding }) => ({
      ...finding,
      severity: severityOf(severity),
      examples: examples.join('\n'),
    })),
  }
}

function severityOf(severity: Severity): Cell {
  return toned(SEVERITIES[severity], TONES[severity])
}

function priceTypesSheet({ survey }: Diagnosis): Sheet {
  return tableSheet(
    'Виды цен',
    [
      { header: 'Вид цен', key: 'name', type: 'text' },
      { header: 'Предложений с ценой', key: 'offers', type: 'int' },
      { header: 'Нулевых цен', key: 'zero', type: 'int' },
      { header: 'Валюта', key: 'currency', type: 'text' },
      { header: 'Ид', key: 'ids', type: 'text', width: 38 },
    ],
    survey.priceTypes.map(({ currencies, ids, ...type }) => ({
      ...type,
      currency: currencies.join(', '),
      ids: ids.join(', '),
    })),
  )
}

function warehousesSheet({ survey }: Diagnosis): Sheet {
  return tableSheet(
    'Склады',
    [
      { header: 'Склад', key: 'name', type: 'text' },
      { header: 'Предложений в наличии', key: 'inStock', type: 'int' },
      { header: 'Предложений с остатком, и нулевым', key: 'offers', type: 'int' },
      { header: 'Ид', key: 'ids', type: 'text', width: 38 },
    ],
    survey.warehouses.map(({ ids, ...each }) => ({ ...each, ids: ids.join(', ') })),
  )
}

function marksSheet({ survey }: Diagnosis): Sheet {
  return tableSheet(
    'Отметки',
    [
      { header: 'Отметка', key: 'name', type: 'text' },
      { header: 'Да', key: 'yes', type: 'int' },
      { header: 'Нет', key: 'no', type: 'int' },
      { header: 'У чего', key: 'owner', type: 'text' },
      { header: 'Как спросить в правиле', key: 'expression', type: 'text', width: 60 },
    ],
    survey.marks.map(({ of, expression, name, yes, no }) => ({
      name,
      yes,
      no,
      owner: of === 'offer' ? 'предложение' : 'товар',
      expression,
    })),
  )
}

function groupsSheet({ survey }: Diagnosis): Sheet {
  const rowsOf = (groups: readonly SurveyedGroup[], path: readonly string[]): Row[] =>
    groups.flatMap(({ name, products, own, groups: below, id }) => [
      { path: [...path, name].join(' / '), level: path.length + 1, products, own, id },
      ...rowsOf(below, [...path, name]),
    ])
  return tableSheet(
    'Группы',
    [
      { header: 'Группа', key: 'path', type: 'text' },
      { header: 'Уровень', key: 'level', type: 'int' },
      { header: 'Товаров', key: 'products', type: 'int' },
      { header: 'Из них в самой группе', key: 'own', type: 'int' },
      { header: 'Ид', key: 'id', type: 'text', width: 38 },
    ],
    rowsOf(survey.groups, []),
  )
}

function tableSheet(name: string, columns: readonly Column[], rows: readonly Row[]): Sheet {
  return { name, columns, rows, frozenColumns: 1 }
}

/** Offers that lack something which not all of them lack: that would be a matter of the node, and stands in «Что сделать». */
function itemsSheet(book: DoctorBook): Sheet {
  return {
    name: 'Товары',
    frozenColumns: 2,
    columns: [
      { header: 'Артикул', key: 'article', type: 'text' },
      { header: 'Наименование', key: 'name', type: 'text', width: 44, wrap: true },
      { header: 'Важность', key: 'severity', type: 'text' },
      { header: 'Чего нет или что не так', key: 'gaps', type: 'text', width: 60, wrap: true },
      { header: 'Характеристика', key: 'variant', type: 'text' },
      { header: 'Штрихкод', key: 'barcodes', type: 'text' },
      { header: 'Код 1С (Ид)', key: 'id', type: 'text', width: 38 },
    ],
    rows: itemRows(book),
  }
}

async function* itemRows(book: DoctorBook): AsyncGenerator<Row> {
  // Read twice, so that the grave ones stand first without keeping any.
  yield* itemsOf(book, 'loss')
  yield* itemsOf(book, 'note')
}

async function* itemsOf(book: DoctorBook, wanted: Severity): AsyncGenerator<Row> {
  const { diagnosis, texts, dictionary } = book
  const told = new Set(diagnosis.findings.filter(({ count, of }) => count !== of).map(({ code }) => code))
  for await (const batch of book.entries()) {
    for (const entry of batch) {
      const product = readProduct(entry, dictionary)
      if (product.isService) continue
      for (const variant of Object.keys(entry.variants)) {
        if (isGone(entry, variant)) continue
        const item = readItem(entry, variant, dictionary)
        const gaps = [...product.gaps, ...item.gaps].filter((code) => told.has(code))
        const repeats = [
          texts.articles.has(product.article) ? 'Артикул повторяется у другого товара' : '',
          texts.codes.has(item.code) ? 'Артикул с характеристикой повторяется' : '',
          item.barcodes.some((code) => texts.barcodes.has(code)) ? 'Штрихкод повторяется' : '',
        ].filter(Boolean)
        if (gaps.length + repeats.length === 0) continue
        const isGrave = repeats.length > 0 || gaps.some((code) => ITEM_ADVICE[code].severity === 'loss')
        if (isGrave !== (wanted === 'loss')) continue
        yield {
          article: item.article,
          name: item.name || product.name,
          severity: severityOf(wanted),
          gaps: [...gaps.map((code) => ITEM_ADVICE[code].title), ...repeats].join('; '),
          variant: item.variantName,
          barcodes: item.barcodes.join(', '),
          id: item.id,
        }
      }
    }
  }
}

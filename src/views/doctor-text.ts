import { grouped, plural } from '../notify/plural.ts'
import { columns } from './columns.ts'
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
import type { Diagnosis, ExaminedRun, Finding } from './doctor.ts'
import { moment, span } from './moments.ts'
import type { SurveyedGroup } from './survey-groups.ts'

/** Characters of a line, so that it fits a terminal and can be read. */
const WIDTH = 100
/** Rows of a table on a terminal; JSON and workbook hold them all. */
const ROWS = 15
/** Examples of a finding. */
const EXAMPLES = 3

/** The diagnosis as lines for a terminal. */
export function doctorText(diagnosis: Diagnosis): string {
  return [
    ...headLines(diagnosis),
    ...(diagnosis.source === 'nowhere' ? [] : [...runLines(diagnosis), ...baseLines(diagnosis)]),
    ...findingLines(diagnosis),
    ...nextLines(diagnosis),
    '',
  ].join('\n')
}

function headLines({
  exchange,
  source,
  service,
  producer,
  data,
  at,
  timezone,
  verdict,
  findings,
}: Diagnosis): string[] {
  const version = producer.version === undefined ? '' : `, CommerceML ${producer.version}`
  const from = source === 'nowhere' ? '' : `: ${FAMILIES[producer.family ?? 'unknown']}${version}`
  const age =
    data === undefined
      ? ''
      : `Данные 1С от ${moment(data.stamp, timezone)} (${span(at - data.stamp)} назад), файл ${data.file}`
  return [
    `Обмен ${exchange}${from}`,
    ...wrapped(SOURCES[source][service], ''),
    ...(age === '' ? [] : [age]),
    '',
    `${VERDICTS[verdict].toUpperCase()}${verdictOf(findings)}`,
  ]
}

function runLines({ runs, full, at, timezone, survey, source }: Diagnosis): string[] {
  const lines = runs.map((run) => [
    moment(run.stamp, timezone),
    plural(run.files, ['файл', 'файла', 'файлов']),
    runText(run, source),
  ])
  const last = full.map(({ catalogue, stamp }) => {
    const name = catalogue === '' ? '' : `, «${catalogueName(catalogue, survey)}»`
    return `  Последняя полная выгрузка: ${moment(stamp, timezone)} (${span(at - stamp)} назад)${name}`
  })
  return ['', 'ВЫГРУЗКИ', ...tableLines(lines), ...(last.length === 0 ? ['  Полной выгрузки не видно'] : last)]
}

function runText({ folder, open, parts }: ExaminedRun, source: Diagnosis['source']): string {
  const said = parts.map(({ part, is, why }) => {
    const because = is === 'incomplete' && why !== undefined ? ` (${why})` : ''
    return `${part === 'import' ? 'товары' : 'предложения'}: ${PARTS[is]}${because}`
  })
  const seen = [...new Set(said)].join(', ')
  return [folder, seen, isGrowing({ open }, source) ? GROWING : ''].filter(Boolean).join('  ')
}

function baseLines({ survey, unknownCurrencies }: Diagnosis): string[] {
  const { gaps, products, offers } = survey
  const having = (lacking: number, of: number): string => `${grouped(of - lacking)} из ${grouped(of)}`
  const without = (code: keyof typeof gaps): number => gaps[code]?.count ?? 0
  const described = (code: keyof typeof gaps): string => having(without(code) + without('undescribed'), products)
  const counts = [
    ['Товары', grouped(products), survey.services > 0 ? `и услуг: ${grouped(survey.services)} (не учтены)` : ''],
    [
      'Предложения',
      grouped(offers),
      `из них характеристик ${grouped(survey.variants)}, снято с продажи ${grouped(survey.gone)}`,
    ],
    ['Каталоги', grouped(survey.catalogues.length), survey.catalogues.map(({ name, id }) => name || id).join(', ')],
    ['Артикул', described('no_article'), ''],
    [
      'Цена',
      having(without('no_price'), offers),
      survey.currencies.map(({ word }) => currencyText(word, unknownCurrencies)).join(', '),
    ],
    [
      'Остаток',
      having(without('never_in_stock'), offers),
      `в наличии ${grouped(offers - without('never_in_stock') - without('out_of_stock'))}`,
    ],
    ['Штрихкод', having(without('no_barcode'), offers), ''],
    ['Картинка', described('no_picture'), ''],
    ['Вес', described('no_weight'), ''],
    ['Габариты', described('no_dimensions'), ''],
    [
      'НДС',
      described('no_vat'),
      survey.vat
        .filter(({ rate }) => rate !== '')
        .map(({ rate }) => rate)
        .join(', '),
    ],
  ]
  const marks = survey.marks.map(({ name, yes, no, of, expression }) => {
    const count = `да ${grouped(yes)}${no > 0 ? `, нет ${grouped(no)}` : ''}`
    return [name, count, of === 'offer' ? 'у предложения' : 'у товара', expression ?? '']
  })
  return [
    '',
    'ЧТО ВЫГРУЖАЕТСЯ',
    ...tableLines(counts.map((row) => row.map((cell) => cell ?? ''))),
    ...section(
      'ВИДЫ ЦЕН',
      survey.priceTypes.map((type) => [
        type.name || `(без описания) ${type.ids.join(', ')}`,
        plural(type.offers, ['цена', 'цены', 'цен']),
        type.zero > 0 ? `нулевых ${grouped(type.zero)}` : '',
      ]),
    ),
    ...section(
      'СКЛАДЫ',
      survey.warehouses.map((each) => [
        each.name || `(без описания) ${each.ids.join(', ')}`,
        `в наличии ${grouped(each.inStock)}`,
        `всего строк ${grouped(each.offers)}`,
      ]),
    ),
    ...section('ОТМЕТКИ ДА/НЕТ', marks),
    ...section('ГРУППЫ', groupTable(survey.groups)),
  ]
}

function currencyText(word: string, unknown: readonly string[]): string {
  return `${word === '' ? '(без валюты)' : word}${unknown.includes(word) ? ' — неизвестная' : ''}`
}

/** The tree; its top alone when all of it does not fit. */
function groupTable(groups: readonly SurveyedGroup[]): string[][] {
  const all = groupRows(groups, 0)
  return all.length <= ROWS ? all : groups.map(({ name, products }) => [name, grouped(products)])
}

function groupRows(groups: readonly SurveyedGroup[], depth: number): string[][] {
  return groups.flatMap((group) => [
    [`${'  '.repeat(depth)}${group.name}`, grouped(group.products)],
    ...groupRows(group.groups, depth + 1),
  ])
}

function section(title: string, rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return []
  const more = rows.length > ROWS ? [`  … и ещё ${grouped(rows.length - ROWS)}: см. --excel или --json`] : []
  return ['', title, ...tableLines(rows.slice(0, ROWS)), ...more]
}

function tableLines(rows: readonly (readonly string[])[]): string[] {
  return columns(rows)
    .split('\n')
    .filter((line) => line !== '')
}

function findingLines({ findings }: Diagnosis): string[] {
  if (findings.length === 0) return []
  return ['', 'ЧТО МЕШАЕТ И ГДЕ ЭТО ИСПРАВИТЬ', ...findings.flatMap(findingText)]
}

function findingText({ severity, title, means, remedy, examples }: Finding): string[] {
  const shown = examples.slice(0, EXAMPLES)
  return [
    '',
    ...wrapped(`${SEVERITIES[severity].toUpperCase()}: ${title}`, '  '),
    ...wrapped(`Что значит: ${means}`, '    '),
    ...wrapped(`Что делать: ${remedy}`, '    '),
    ...(shown.length === 0 ? [] : wrapped(`Например: ${shown.join('; ')}`, '    ')),
  ]
}

function nextLines({ source, service, exchange }: Diagnosis): string[] {
  if (source === 'nowhere') return ['', `Когда файлы придут, повторите: obmen doctor ${exchange}`]
  if (service === 'never')
    return ['', 'Дальше: obmen check — проверить настройку, obmen start — начать (сначала только наблюдает).']
  return []
}

/** A text in lines no longer than the terminal, each behind the indent; a longer word stands alone. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].map((each) => `${indent}${each}`)
}

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeFileFault } from '../../src/views/file-faults.ts'
import { REASON_TEXTS } from '../../src/views/reason-texts.ts'
import { describeTableFinding } from '../../src/views/table-texts.ts'
import { CODE_TEXTS } from './code-texts.ts'

interface CodeText {
  readonly meaning: string
  readonly remedy: string
}

/** Every stable code with kind, meaning and remedy. */
export function codesPage(root: string): string {
  const codes = codesOf(root)
  const silent = [...codes.keys()].filter((code) => textOf(code) === undefined)
  if (silent.length > 0) throw new Error(`say in test/reference/code-texts.ts what these mean: ${silent.join(', ')}`)
  const areas = [...new Set([...codes.keys()].map((code) => code.split('.')[0] ?? ''))].sort()
  const row = (code: string): string => {
    const { meaning = '', remedy = '' } = textOf(code) ?? {}
    return `| \`${code}\` | ${codes.get(code) ?? ''} | ${cell(meaning)} | ${cell(remedy)} |`
  }
  return [
    '# Коды ошибок',
    'Код стоит в сообщениях команд, в журнале, в отчётах и в reason.txt; по нему ищут здесь. Что делает служба и с каким кодом кончается команда:',
    ['| Вид | Что это | Служба | Код выхода |', '| --- | --- | --- | --- |', ...KINDS].join('\n'),
    ...areas.map((area) =>
      [
        `## ${area}`,
        [
          '| Код | Вид | Что значит | Что делать |',
          '| --- | --- | --- | --- |',
          ...[...codes.keys()].filter((code) => code.startsWith(`${area}.`)).map(row),
        ].join('\n'),
      ].join('\n\n'),
    ),
  ].join('\n\n')
}

const KINDS = [
  '| config | человек написал не то | не запускается; на ходу остаётся прежняя настройка | 2 |',
  '| input | файл обмена непригоден | файл в карантин, последствий нет | 3 |',
  '| товар | один товар непригоден | остальные идут дальше, строка в отчёте | 0 |',
  '| transient | пройдёт само | пробует снова | 5 |',
  '| fatal | без человека не обойтись | останавливает затронутое, пишет сразу | 6 |',
]

const ITEM_AREAS = ['item', 'identity', 'guard', 'stale', 'order', 'look', 'push', 'account', 'ozon']
const FILE_AREAS = ['xml', 'zip', 'csv', 'xlsx', 'list', 'commerceml', 'files', 'file']

/** The words of a code; undefined where nobody wrote any. */
export function textOf(code: string): CodeText | undefined {
  const reason = REASON_TEXTS[code]
  if (reason !== undefined)
    return { meaning: `${plain(reason.error)}. ${plain(reason.why)}.`, remedy: `${plain(reason.todo)}.` }
  const [meaning, remedy] = CODE_TEXTS[code]?.split('|', 2) ?? []
  if (meaning !== undefined && remedy !== undefined) return { meaning, remedy }
  if (code.startsWith('table.')) {
    const text = describeTableFinding({ severity: 'error', code, message: '', place: {}, params: BLANK })
    return text === '' ? undefined : { meaning: sentence(text), remedy: 'Исправьте таблицу и сохраните её.' }
  }
  const fault = describeFileFault(code, UNKNOWN, undefined, {
    missing: ['…'],
    known: ['…'],
    source: '…',
    where: '…',
    value: '…',
  })
  return fault.what.includes(UNKNOWN) ? undefined : { meaning: fault.what, remedy: fault.todo }
}

const UNKNOWN = '\u0000'
/** What stands for whatever a message names. */
const BLANK: Readonly<Record<string, string>> = new Proxy({}, { get: () => '…' })

/** Every code that stands in the sources, with its kind. */
export function codesOf(root: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  const folder = join(root, 'src')
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || /(?:\.test|test-support|testing)\.ts$/.test(name)) continue
    const text = readFileSync(join(folder, name), 'utf8')
    for (const [, kind = '', code = ''] of text.matchAll(/new ObmenError\(\s*'(\w+)',\s*'([^']*)'/g))
      found.set(code, kind)
    const literal = /(?:\bcode: |\b(?:fail|fault|add|addError|report)\([^'`]{0,120})'([a-z]+\.[a-z][a-z0-9_]*)'/g
    for (const [, code = ''] of text.matchAll(literal)) {
      if (!found.has(code)) found.set(code, kindOf(code))
    }
  }
  for (const code of [...Object.keys(REASON_TEXTS), ...Object.keys(CODE_TEXTS)]) {
    if (!found.has(code)) found.set(code, kindOf(code))
  }
  // Mistakes of ours: the configuration was checked before.
  const ours = /^stage\.\w+_(?:target|source)$|^state\.bad_/
  return new Map([...found].filter(([code]) => !ours.test(code)).sort(([a], [b]) => (a < b ? -1 : 1)))
}

function kindOf(code: string): string {
  const [area = ''] = code.split('.')
  if (ITEM_AREAS.includes(area) && code in REASON_TEXTS) return 'товар'
  if (area === 'notify' || area === 'order') return 'сообщение'
  return FILE_AREAS.includes(area) ? 'input' : ITEM_AREAS.includes(area) && !(code in CODE_TEXTS) ? 'товар' : 'config'
}

/** A text without the places for what differs from case to case. */
function plain(text: string): string {
  return text
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\{\w+\}/g, '…')
    .replace(/[.\s]+$/, '')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

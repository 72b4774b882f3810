import { plural } from '../notify/plural.ts'
import type { Verdict } from '../state/set-verdict.ts'
import type { Diagnosis, ExaminedRun, Finding, Severity } from './doctor.ts'

/** Who writes the files, by family; `unknown` when nothing tells. */
export const FAMILIES: Readonly<Record<string, string>> = {
  A: 'УТ 11, КА 2, ERP 2 или Розница 2 (типовой «Обмен с сайтом»)',
  B: 'УНФ',
  C: 'модуль обмена 1С-Битрикс',
  D: 'старая конфигурация 1С или другая программа',
  unknown: 'кто пишет файлы, не видно',
}

/** Words for how grave a finding is. */
export const SEVERITIES: Readonly<Record<Severity, string>> = {
  blocks: 'Блокирует',
  loss: 'Внимание',
  note: 'К сведению',
}

/** The verdict in words. */
export const VERDICTS: Readonly<Record<Diagnosis['verdict'], string>> = {
  blocked: 'Продавать нельзя',
  gaps: 'Продавать можно, есть на что обратить внимание',
  ready: 'Всё нужное есть',
}

/** What a part of an export run is. */
export const PARTS: Readonly<Record<Verdict['is'], string>> = {
  full: 'полная',
  delta: 'только изменения',
  incomplete: 'неполная',
  unknown: 'не сказано, полная или нет',
}

const FROM_FILES = 'Прочитаны файлы, которые лежат в папках обмена; они не тронуты.'
const NO_FILES = 'В папках обмена пусто.'

/** Where the base was read from, and what the service does. */
export const SOURCES: Readonly<Record<Diagnosis['source'], Readonly<Record<Diagnosis['service'], string>>>> = {
  state: {
    running: 'Прочитано то, что служба уже загрузила; она работает.',
    stopped: 'Прочитано то, что служба успела загрузить; сейчас она не запущена.',
    never: 'Прочитано то, что уже загружено командой obmen run; служба ещё не запускалась.',
  },
  inboxes: {
    running: `${FROM_FILES} Служба работает, но ещё ничего не загрузила.`,
    stopped: `${FROM_FILES} Служба не запущена.`,
    never: `${FROM_FILES} Служба ещё не запускалась.`,
  },
  nowhere: {
    running: `${NO_FILES} Служба работает и ждёт.`,
    stopped: `${NO_FILES} Служба не запущена.`,
    never: `${NO_FILES} Служба ещё не запускалась.`,
  },
}

/** Said of a run that is growing. */
export const GROWING = 'ещё может дополниться'

/** True while the service waits for more files of a run; of files that only lie there nobody waits for more. */
export function isGrowing({ open }: Pick<ExaminedRun, 'open'>, source: Diagnosis['source']): boolean {
  return open && source === 'state'
}

/** The name of a catalogue, else its id. */
export function catalogueName(id: string, { catalogues }: Diagnosis['survey']): string {
  return catalogues.find((each) => each.id === id)?.name || id
}

/** How many findings of which kind: «: блокирует 1, внимание 3»; `""` without any that counts. */
export function verdictOf(findings: readonly Finding[]): string {
  const count = (severity: Severity): number => findings.filter((each) => each.severity === severity).length
  const parts = [
    [count('blocks'), ['препятствие', 'препятствия', 'препятствий']],
    [count('loss'), ['предупреждение', 'предупреждения', 'предупреждений']],
    [count('note'), ['заметка', 'заметки', 'заметок']],
  ] as const
  const said = parts.filter(([times]) => times > 0).map(([times, forms]) => plural(times, forms))
  return said.length === 0 ? '' : `: ${said.join(', ')}`
}

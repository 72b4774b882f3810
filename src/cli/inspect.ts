import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadProject, usable } from '../app/project.ts'
import { createClock } from '../core/clock.ts'
import { exitCodeOf, formatPlace, ObmenError } from '../core/errors.ts'
import { openerOf, parseOptionsOf } from '../stages/parse/open-file.ts'
import { inspect, type Inspection, type OpenList } from '../views/inspect.ts'
import { projectFolder } from './folder.ts'

/** What is counted, in the order people read it. */
const COUNTS = [
  'products',
  'offers',
  'priceTypes',
  'prices',
  'warehouses',
  'stockRows',
  'groups',
  'properties',
  'documents',
] as const satisfies readonly (keyof Inspection)[]

const LABELS: Readonly<Record<string, string>> = { priceTypes: 'price types', stockRows: 'stock rows' }

/** `obmen inspect <file|folder…>`: what exchange files hold and whether they are sound. Changes nothing. */
export function inspectCommand(): Command {
  return new Command('inspect')
    .description('show what exchange files hold and whether they are sound')
    .argument('<paths...>', 'files or folders')
    .option('--json', 'one JSON object per line')
    .option('--pipeline <name>', 'the files are price lists: read them as this pipeline does')
    .option('--timezone <zone>', 'time zone of the 1C base', 'Europe/Moscow')
    .addHelpText(
      'after',
      `
Examples:
  obmen inspect /srv/1c/webdata             every XML and zip file below a folder
  obmen inspect --json export.zip           one line per member: export.zip!import0_1.xml
  obmen inspect --pipeline supplier a.xlsx  a price list, by the mapping of pipelines/supplier.yaml

Exit code 3 and file:line:column when a file is broken. The files stay as they are.`,
    )
    .action(async (paths: readonly string[], options: Options, command: Command) => {
      const openList = options.pipeline === undefined ? undefined : await listOpener(options.pipeline, command)
      const workFolder = await mkdtemp(join(tmpdir(), 'obmen-inspect-'))
      try {
        const { timezone } = options
        for await (const result of inspect(
          paths,
          { workFolder, timezone, ...(openList === undefined ? {} : { openList }) },
          new AbortController().signal,
        )) {
          if ('error' in result) {
            process.stderr.write(explain(result.error, result.file))
            process.exitCode = exitCodeOf(result.error)
          } else {
            process.stdout.write(
              options.json
                ? `${JSON.stringify(result.inspection)}\n`
                : describe(result.inspection, openList !== undefined),
            )
          }
        }
      } finally {
        await rm(workFolder, { recursive: true, force: true })
      }
    })
}

interface Options {
  readonly json?: boolean
  readonly timezone: string
  readonly pipeline?: string
}

/** How the price lists of a pipeline are opened. @throws ObmenError config */
async function listOpener(name: string, command: Command): Promise<OpenList> {
  const { pipelines, exchanges } = usable(await loadProject(projectFolder(command), process.env))
  const pipeline = pipelines.find((each) => each.name === name)
  const options = pipeline === undefined ? undefined : parseOptionsOf(pipeline)
  if (pipeline?.from.kind !== 'exchange' || options === undefined) {
    const known = pipelines.filter(({ from }) => from.kind === 'exchange').map((each) => each.name)
    throw new ObmenError('config', 'inspect.unknown_pipeline', `looking for the pipeline "${name}": none reads files`, {
      remedy: `Name a pipeline that reads the files of an exchange: ${known.join(', ')}.`,
    })
  }
  const timezone = exchanges.get(pipeline.from.exchange)?.timezone ?? 'Europe/Moscow'
  return openerOf(options, timezone, createClock())
}

function explain(error: ObmenError, file: string): string {
  const place = formatPlace(error.place) || file
  return `${place} ${error.code}: ${error.message}${error.remedy === undefined ? '' : `\n  ${error.remedy}`}\n`
}

function describe(inspection: Inspection, isList: boolean): string {
  const { file, version, family, encoding, bom, roots, changesOnly, warnings } = inspection
  const sections = roots.map((name) => {
    const stated = changesOnly[name]
    return stated === undefined ? name : `${name} (${stated ? 'changes only' : 'full'})`
  })
  const kind = isList
    ? ['price list']
    : [`CommerceML ${version || 'of unknown version'}`, family === null ? 'producer unknown' : `family ${family}`]
  const head = [...kind, `${encoding}${bom ? ' with BOM' : ''}`]
  const counts = COUNTS.filter((name) => inspection[name] > 0)
  const width = Math.max(0, ...counts.map((name) => label(name).length))
  return [
    file,
    `  ${head.join(', ')}`,
    ...(sections.length > 0 ? [`  ${sections.join(', ')}`] : []),
    ...counts.map((name) => `  ${label(name).padEnd(width)} ${inspection[name].toLocaleString('en').padStart(9)}`),
    ...(counts.length === 0 ? ['  no records'] : []),
    ...warnings.map(({ code, line, count }) => `  warning ${code}: first at line ${line}, ${count} in all`),
    '',
  ].join('\n')
}

function label(name: string): string {
  return LABELS[name] ?? name
}

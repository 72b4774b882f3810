import { Command } from 'commander'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadProject, usable } from '../app/project.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { formatPlace, ObmenError } from '../core/errors.ts'
import { listQuarantine, releaseQuarantined, type Quarantined } from '../sources/files/quarantine.ts'
import { createFiles } from '../state/disk.ts'
import { columns } from '../views/columns.ts'
import { moment } from '../views/moments.ts'
import { projectFolder } from './folder.ts'
import { timezoneOf } from './service-state.ts'

/** `obmen quarantine`: files that could not be used. */
export function quarantineCommand(): Command {
  return new Command('quarantine')
    .description('show files that could not be used, put one back into its inbox')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(releaseCommand())
    .addHelpText(
      'after',
      `
Examples:
  obmen quarantine ls
  obmen quarantine show offers0_1.xml
  obmen quarantine release 20260301T110500-1a2b3c4d`,
    )
}

function listCommand(): Command {
  return new Command('ls')
    .description('list the files, oldest first')
    .option('--json', 'as JSON')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const { files, timezone } = await read(command)
      if (options.json === true) {
        const rows = files.map(({ run, path, origin, reason }) => {
          const { exchange, inbox, name, claimedAt } = origin
          return { run, exchange, inbox, file: name, path, claimedAt, reason }
        })
        process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`)
        return
      }
      const rows = files.map(({ run, origin, reason }) => [
        run,
        origin.name,
        moment(origin.claimedAt, timezone),
        `${reason.code} ${formatPlace(reason.place)}`.trim(),
      ])
      process.stdout.write(
        rows.length === 0 ? 'the quarantine is empty\n' : columns([['RUN', 'FILE', 'WHEN', 'WHY'], ...rows]),
      )
    })
}

function showCommand(): Command {
  return new Command('show')
    .description('show why a file could not be used and where it lies')
    .argument('<run|file>', 'name of the run or of the file, as "obmen quarantine ls" shows it')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { files } = await read(command)
      const found = find(files, name)
      for (const { folder, path } of found) {
        const text = await readFile(join(folder, 'reason.txt'), 'utf8')
        process.stdout.write(`${text.replace('\uFEFF', '').replaceAll('\r', '')}${path}\n`)
      }
    })
}

function releaseCommand(): Command {
  return new Command('release')
    .description('put a file back into its inbox, where it is taken again as any file')
    .argument('<run|file>', 'name of the run or of the file, as "obmen quarantine ls" shows it')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { files } = await read(command)
      const [file, ...more] = find(files, name)
      if (file === undefined) return
      if (more.length > 0) {
        const runs = [file, ...more].map(({ run }) => run).join(', ')
        throw new ObmenError(
          'config',
          'quarantine.ambiguous',
          `releasing ${name}: several runs left it; name one: ${runs}`,
        )
      }
      const back = await releaseQuarantined(file, createFiles())
      process.stdout.write(`${file.origin.name} is back: ${back}\n`)
    })
}

async function read(command: Command): Promise<{ files: readonly Quarantined[]; timezone: string }> {
  const config = usable(await loadProject(projectFolder(command), process.env))
  return { files: await listQuarantine(config.folders.quarantine), timezone: timezoneOf(config) }
}

function find(files: readonly Quarantined[], name: string): readonly Quarantined[] {
  const hits = files.filter((file) => namesOf(file).includes(name))
  if (hits.length > 0) return hits
  const meant = didYouMean(name, files.flatMap(namesOf))
  const hint = meant === undefined ? 'see "obmen quarantine ls"' : `did you mean ${meant}?`
  throw new ObmenError('config', 'quarantine.unknown', `looking for ${name}: the quarantine has no such file; ${hint}`)
}

/** Run, name inside the inbox, bare name. */
function namesOf({ run, origin }: Quarantined): string[] {
  return [run, origin.name, origin.name.split('/').at(-1) ?? origin.name]
}

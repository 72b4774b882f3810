import { resolve } from 'node:path'
import { Command } from 'commander'
import { SCHEMA_FOLDER, schemaFiles } from '../app/schemas.ts'
import { inTheWay, projectExists, writeProject } from '../app/write-project.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import { createFiles } from '../state/disk.ts'
import { projectFiles } from '../views/first-project/index.ts'
import { doneText } from '../views/first-project/told.ts'
import { createAsk } from './ask.ts'
import { projectFolder } from './folder.ts'
import { chooseProject } from './init-choices.ts'
import { withInitFlags, type InitFlags } from './init-flags.ts'

/** `obmen init`: from an export of 1C to a complete project. The folders of 1C stay as they are. */
export function initCommand(): Command {
  return withInitFlags(new Command('init'))
    .description('make a project of what 1C exports: configuration, pipelines and tables with the names of this base')
    .argument('[folder]', 'folder of the new project (default: the current one)')
    .addHelpText(
      'after',
      `
Asks on a terminal for what no option says; elsewhere, and with --yes, takes what seems right. Writes everything or
nothing, and never over a file that is there.

Examples:
  obmen init shop --inbox /srv/1c/exchange
  OZON_API_KEY=… obmen init shop --inbox D:\\1c --client-id 12345 --mail admin@example.ru --yes
  obmen init shop --inbox /srv/1c --base-url http://127.0.0.1:8090 --client-id 1 --api-key any --yes`,
    )
    .action(async (folder: string | undefined, flags: InitFlags, command: Command) => {
      const here = projectFolder(command)
      const root = resolve(here, folder ?? '.')
      const obstacles = await inTheWay(root)
      if (obstacles.length > 0) throw projectExists(root, obstacles)
      const { stdin, stdout, env } = process
      const ask =
        flags.yes === true || !stdin.isTTY || !stdout.isTTY ? undefined : createAsk(stdin, stdout, () => inputEnded())
      try {
        const choices = await chooseProject({
          root,
          flags,
          env,
          ask,
          say: (text) => void stdout.write(text),
          clock: clockFromEnvironment(env),
          machineZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
          signal: new AbortController().signal,
        })
        const schemas = [...schemaFiles()].map(([name, text]) => [`${SCHEMA_FOLDER}/${name}`, text] as const)
        const files = projectFiles(choices)
        await writeProject(root, new Map([...files, ...schemas]), createFiles())
        stdout.write(doneText(choices, [...files.keys(), `${SCHEMA_FOLDER}/`], root === resolve('.') ? '' : root))
      } finally {
        ask?.close()
      }
    })
}

function inputEnded(): ObmenError {
  return new ObmenError('config', 'init.no_answer', 'making a project: the input ended before the last answer', {
    remedy: 'Nothing was written. Answer on a terminal, or say everything by options and --yes.',
  })
}

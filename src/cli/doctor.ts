import { resolve } from 'node:path'
import { Command } from 'commander'
import { examine } from '../app/read-doctor.ts'
import { loadProject, usable } from '../app/project.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { createFiles } from '../state/disk.ts'
import { doctorText } from '../views/doctor-text.ts'
import { writeDoctorBook } from '../views/doctor-workbook.ts'
import { projectFolder } from './folder.ts'

interface Options {
  readonly json?: true
  readonly excel?: string
}

/** `obmen doctor <exchange>`: what a 1C base exports, what is missing, and where it is switched on. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('tell what a 1C base exports, what a marketplace lacks of it, and where in 1C to switch it on')
    .argument('<exchange>', 'an exchange of config/obmen.yaml')
    .option('--json', 'as JSON')
    .option('--excel <file>', 'as an Excel workbook as well, with every good that lacks something')
    .addHelpText('after', HELP)
    .action(async (name: string, options: Options, command: Command) => {
      const config = usable(await loadProject(projectFolder(command), process.env))
      const clock = clockFromEnvironment(process.env)
      const { signal } = new AbortController()
      const onFile = process.stderr.isTTY ? showProgress : undefined
      const examined = { config, exchange: name, clock, signal, ...(onFile === undefined ? {} : { onFile }) }
      await examine(examined, async (base) => {
        onFile?.('')
        const { diagnosis } = base
        process.stdout.write(options.json === true ? `${JSON.stringify(diagnosis, null, 2)}\n` : doctorText(diagnosis))
        if (options.excel !== undefined) {
          await writeDoctorBook(resolve(options.excel), base, createFiles(), signal)
          process.stderr.write(`Excel: ${options.excel}\n`)
        }
        if (diagnosis.verdict === 'blocked') process.exitCode = 1
      })
    })
}

/** One line that is written over: which file is being read; `""` clears it. */
function showProgress(file: string): void {
  process.stderr.write(file === '' ? '\r\x1b[K' : `\r\x1b[KЧитаю ${file}…`)
}

const HELP = `
Examples:
  obmen doctor main
  obmen doctor main --excel base.xlsx    for the 1C specialist and the managers

Reads the state beside a running service, or without one; before the service has ever run, the files that lie in the
inboxes, which stay as they are. Changes nothing.

Exit code 0: nothing keeps the base from being sold. 1: something does (no prices, no stocks, no files…).`

import { Command } from 'commander'
import { readStatus, readStatusOfService } from '../app/read-status.ts'
import { loadProject, usable } from '../app/project.ts'
import { clockFromEnvironment } from '../core/clock.ts'
import { isHealthy, statusText } from '../views/status.ts'
import { projectFolder } from './folder.ts'

/** `obmen status`: what stands where. Exit code 0 = healthy, 1 = somebody should look. */
export function statusCommand(): Command {
  return new Command('status')
    .description('show accounts, exchanges, pipelines and orders; exit code 1 when somebody should look')
    .option('--json', 'as JSON')
    .addHelpText('after', '\nReads the state beside a running service, or without one.')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const project = await loadProject(projectFolder(command), process.env)
      const now = clockFromEnvironment(process.env).now()
      const working = project.config === undefined ? await readStatusOfService(project.stateFolder, now) : undefined
      const status = working ?? (await readStatus(usable(project), now))
      process.stdout.write(options.json === true ? `${JSON.stringify(status, null, 2)}\n` : statusText(status))
      if (!isHealthy(status)) process.exitCode = 1
    })
}

import { Command } from 'commander'
import { checkFolders } from '../app/check-folders.ts'
import { probeAccounts, probeStore, type ProbeLine } from '../app/probe.ts'
import { loadProject } from '../app/project.ts'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { projectFolder } from './folder.ts'

/** `obmen check`: everything that is wrong with the configuration, then a probe of every account. Changes nothing. */
export function checkCommand(): Command {
  return new Command('check')
    .description('check configuration, pipelines, tables and folders, then ask every account; changes nothing')
    .option('--offline', 'ask neither the marketplaces nor Redis')
    .addHelpText(
      'after',
      '\nFindings come as file:line:column. Exit code 2: something written is wrong; 5: a marketplace does not answer.',
    )
    .action(async (options: { readonly offline?: boolean }, command: Command) => {
      const project = await loadProject(projectFolder(command), process.env)
      for (const finding of project.diagnostics) process.stderr.write(`${formatDiagnostic(finding)}\n`)
      if (project.config === undefined) {
        const count = project.diagnostics.filter((finding) => finding.severity === 'error').length
        process.stderr.write(`\n${count} ${count === 1 ? 'error' : 'errors'}; nothing would start.\n`)
        process.exitCode = 2
        return
      }
      const { exchanges, accounts, pipelines } = project.config
      process.stdout.write(
        `configuration is sound: ${exchanges.size} exchange(s), ${accounts.size} account(s), ${pipelines.length} pipelines\n`,
      )
      for (const line of checkFolders(project.config)) tell(line)
      // Without its folders nothing would start; the approvals among them say which account may write.
      if (options.offline === true || Number(process.exitCode ?? 0) > 0) return
      for await (const line of probeStore(project.config)) tell(line)
      for await (const line of probeAccounts(project.config)) tell(line)
    })
}

/** One finding after the other; the gravest decides on the exit code. */
function tell({ exitCode, text }: ProbeLine): void {
  const target = /^(?:error|warning) /.test(text) ? process.stderr : process.stdout
  target.write(`${text}\n`)
  process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCode)
}

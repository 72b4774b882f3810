import { Command } from 'commander'
import { readTestFiles, runTestFile } from '../app/pipeline-tests.ts'
import { loadProject, usable } from '../app/project.ts'
import { didYouMean, formatDiagnostic } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { failureText } from '../views/test-results.ts'
import { projectFolder } from './folder.ts'

/** `obmen test [pipeline…]`: the tests beside the pipelines. */
export function testCommand(): Command {
  return new Command('test')
    .description('run the tests of pipelines/*.test.yaml: given these goods, these values, rejections and requests')
    .argument('[pipelines...]', 'only the tests of these pipelines')
    .addHelpText(
      'after',
      `
A test computes with the pipeline's own rules and touches neither the state nor a marketplace.
Exit code 2: a file is wrong; 4: an expectation was not met, each one as file:line:column.`,
    )
    .action(async (names: readonly string[], _options: unknown, command: Command) => {
      const project = await loadProject(projectFolder(command), process.env)
      const config = usable(project)
      const { files, diagnostics } = await readTestFiles(config)
      for (const finding of diagnostics) process.stderr.write(`${formatDiagnostic(finding)}\n`)
      if (diagnostics.length > 0) {
        process.exitCode = 2
        return
      }
      const tested = files.map(({ pipeline }) => pipeline.name)
      for (const name of names) checkName(name, tested)
      for (const file of files) {
        if (names.length > 0 && !names.includes(file.pipeline.name)) continue
        const counts = { passed: 0, failed: 0 }
        for await (const result of runTestFile(file, { config, tables: project.tables })) {
          counts[result.faults.length === 0 ? 'passed' : 'failed']++
          if (result.faults.length > 0) process.stderr.write(failureText(result))
        }
        if (counts.failed > 0) process.exitCode = 4
        process.stdout.write(`${file.pipeline.name}: ${counts.passed} passed, ${counts.failed} failed\n`)
      }
      if (files.length === 0) process.stdout.write('no tests: pipelines/ has no file *.test.yaml\n')
    })
}

function checkName(name: string, tested: readonly string[]): void {
  if (tested.includes(name)) return
  const meant = didYouMean(name, tested)
  const hint = meant === undefined ? `there are tests of ${tested.join(', ') || 'none'}` : `did you mean ${meant}?`
  throw new ObmenError('config', 'test.none', `testing ${name}: there are no tests of it; ${hint}`)
}

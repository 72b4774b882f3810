import type { Command } from 'commander'
import { createProgram } from '../../src/cli/program.ts'

/** Every command with its arguments and options, in the words of its own `--help`. */
export function commandsPage(): string {
  const program = createProgram()
  return [
    '# Команды',
    'Здесь слово в слово то, что печатает `obmen <команда> --help`.',
    ...commandsOf(program, []).map(({ path, command }) => `## obmen${path}\n\n\`\`\`text\n${helpOf(command)}\n\`\`\``),
  ].join('\n\n')
}

function commandsOf(command: Command, path: readonly string[]): { readonly path: string; readonly command: Command }[] {
  const own = { path: path.map((name) => ` ${name}`).join(''), command }
  return [own, ...command.commands.flatMap((child) => commandsOf(child, [...path, child.name()]))]
}

/** What `--help` prints, of the same width on every terminal. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => 100,
    getOutHasColors: () => false,
  })
  command.outputHelp()
  return text
    .trim()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

import { resolve } from 'node:path'
import type { Command } from 'commander'

/** The folder that holds `config/` and `pipelines/`: the global option `--dir`, else the current folder. */
export function projectFolder(command: Command): string {
  const { dir } = command.optsWithGlobals<{ dir?: string }>()
  return resolve(dir ?? '.')
}

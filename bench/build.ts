import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH, REPOSITORY } from './folders.ts'

/** Compiles the product and the jobs as `npm run build` does: what is measured is what runs in production. The folder must lie in the repository. */
export async function compile(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  const compiler = join(REPOSITORY, 'node_modules/typescript/bin/tsc')
  execFileSync(process.execPath, [compiler, '-p', BENCH, '--outDir', folder], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

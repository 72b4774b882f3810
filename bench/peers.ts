import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BENCH } from './folders.ts'

/** Installs the peers at their pinned versions into `bench/node_modules`, unless they are there already. */
export async function installPeers(): Promise<void> {
  const lock = await readFile(join(BENCH, 'package-lock.json'), 'utf8')
  const stamp = join(BENCH, 'node_modules/.installed')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === lock) return
  const args = ['ci', '--prefix', BENCH, '--ignore-scripts', '--no-audit', '--no-fund']
  execFileSync('npm', args, { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' })
  await writeFile(stamp, lock)
}

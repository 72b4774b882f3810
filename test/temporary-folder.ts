import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives a whole test run one temporary folder and deletes it at the end, whatever single tests leave behind. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'obmen-tests-'))
  const variable = process.platform === 'win32' ? 'TEMP' : 'TMPDIR'
  const before = process.env[variable]
  process.env[variable] = folder
  return () => {
    if (before === undefined) delete process.env[variable]
    else process.env[variable] = before
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

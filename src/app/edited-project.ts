import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDotEnv } from '../config/dotenv.ts'
import type { Config } from '../config/model.ts'
import { ENV_FILE } from '../config/read-files.ts'
import { codeOf } from '../state/disk.ts'
import { loadProject, usable } from './project.ts'
import type { UsableProject } from './read-only.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * An edited copy of a configuration over the state of the one at work: keys stay in its `.env` unless the copy has its
 * own, and its folders are those at work. @throws ObmenError config `config.invalid`
 */
export async function loadEdited(folder: string, root: string, env: Environment, now: Config): Promise<UsableProject> {
  const own = await dotEnvIn(folder)
  const values = own ?? (await dotEnvIn(root)) ?? new Map<string, string>()
  const project = await loadProject(folder, { ...Object.fromEntries(values), ...env })
  return { config: { ...usable(project), folders: now.folders }, tables: project.tables }
}

async function dotEnvIn(folder: string): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    return parseDotEnv(ENV_FILE, await readFile(join(folder, ENV_FILE), 'utf8')).values
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

import { chmod, mkdtemp, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { formatDiagnostic } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import type { Files } from '../core/files.ts'
import { codeOf } from '../state/disk.ts'
import { loadProject } from './project.ts'

/** What is moved into place last: while it is missing, nothing takes the folder for a project. */
const LAST = 'config'

/**
 * What stands in a folder where a new project would write. Empty folders are no obstacle.
 * @returns names below the folder, sorted
 */
export async function inTheWay(
  root: string,
  files: Iterable<string> = ['config/', 'pipelines/', '.env', '.env.example', '.gitignore'],
): Promise<string[]> {
  const found = await Promise.all(
    topsOf(files).map(async (name) => ((await isEmptyOrMissing(join(root, name))) ? [] : [name])),
  )
  return found.flat().sort()
}

/**
 * Writes a new project, whole or not at all: beside its place first, where it is loaded as any project; only a sound one
 * is moved in. `.env` may be read by its owner alone.
 * @throws ObmenError config `init.exists`, fatal `init.unsound`, `init.not_writable`
 */
export async function writeProject(root: string, texts: ReadonlyMap<string, string>, files: Files): Promise<void> {
  const obstacles = await inTheWay(root, texts.keys())
  if (obstacles.length > 0) throw projectExists(root, obstacles)
  let staging: string | undefined
  try {
    await files.makeFolder(root)
    // A folder that nobody else may look into: `.env` is in it before it is closed.
    staging = await mkdtemp(join(root, '.obmen-init-'))
    for (const [name, text] of texts) await files.writeAtomic(join(staging, name), text)
    await chmod(join(staging, '.env'), 0o600)
    await mustBeSound(staging)
    await moveIn(staging, root, topsOf(texts.keys()), files)
  } catch (error) {
    if (error instanceof ObmenError || codeOf(error) === '') throw error
    throw new ObmenError('fatal', 'init.not_writable', `writing a project into ${root}: ${(error as Error).message}`, {
      cause: error,
      place: { file: root },
      remedy: 'Give your account the right to write there, or name another folder; nothing was left behind.',
    })
  } finally {
    if (staging !== undefined) await files.remove(staging)
  }
}

/** The refusal to write over what a person may have made. */
export function projectExists(root: string, obstacles: readonly string[]): ObmenError {
  return new ObmenError(
    'config',
    'init.exists',
    `making a project in ${root}: it has ${obstacles.join(', ')} already`,
    {
      place: { file: root },
      remedy: 'Nothing was written. Name an empty folder, or move these away first.',
    },
  )
}

function topsOf(files: Iterable<string>): string[] {
  return [...new Set([...files].map((name) => name.split('/')[0] as string))]
}

async function isEmptyOrMissing(path: string): Promise<boolean> {
  try {
    return (await readdir(path)).length === 0
  } catch (error) {
    return codeOf(error) === 'ENOENT'
  }
}

/** A name of 1C that our own texts cannot carry must not surface as a mistake of the admin. Only keys may be missing. */
async function mustBeSound(folder: string): Promise<void> {
  const { diagnostics } = await loadProject(folder, {})
  const findings = diagnostics.filter(({ code }) => code !== 'env.missing')
  if (findings.length === 0) return
  const lines = findings.map(formatDiagnostic).join('\n')
  throw new ObmenError(
    'fatal',
    'init.unsound',
    `writing a project: what was made of this base does not load:\n${lines}`,
    {
      remedy:
        'Nothing was written. Copy the shipped config/ and pipelines/ instead, and report this: it is our mistake.',
    },
  )
}

/** Moves everything in, `config` last; what was moved is taken back when one of them fails. */
async function moveIn(staging: string, root: string, names: readonly string[], files: Files): Promise<void> {
  const moved: string[] = []
  try {
    for (const name of names.toSorted((a, b) => Number(a === LAST) - Number(b === LAST))) {
      const target = join(root, name)
      // An empty folder may stand there; whatever else came meanwhile is not ours to replace.
      if (!(await isEmptyOrMissing(target))) throw projectExists(root, [name])
      await files.remove(target)
      await files.move(join(staging, name), target)
      moved.push(target)
    }
  } catch (error) {
    for (const target of moved) await files.remove(target)
    throw error
  }
}

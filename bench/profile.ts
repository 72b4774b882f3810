import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Profile } from './results.ts'

const TOP = 20

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** The functions that had the most time of their own in the one profile of this folder. */
export async function readProfile(folder: string, build: string): Promise<Profile> {
  const [file] = (await readdir(folder)).filter((name) => name.endsWith('.cpuprofile'))
  if (file === undefined) throw new Error(`${folder} holds no profile`)
  const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(folder, file), 'utf8')) as CpuProfile
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  const own = new Map<string, { name: string; place: string; micros: number }>()
  let total = 0
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id)
    const micros = timeDeltas[index] ?? 0
    if (frame === undefined || frame.functionName === '(idle)') continue
    total += micros
    const place = placeOf(frame.url, frame.lineNumber, build)
    const key = `${frame.functionName} ${place}`
    const entry = own.get(key) ?? { name: frame.functionName || '(anonymous)', place, micros: 0 }
    entry.micros += micros
    own.set(key, entry)
  }
  const top = [...own.values()].sort((a, b) => b.micros - a.micros).slice(0, TOP)
  return { totalMs: total / 1_000, top: top.map(({ name, place, micros }) => ({ name, place, share: micros / total })) }
}

/** Compiled product code by its source folder, packages by their names; V8's own entries have no place. */
function placeOf(url: string, line: number, build: string): string {
  if (url === '') return ''
  const path = url.replace('file://', '')
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(path)?.[1]
  if (inPackage !== undefined) return inPackage
  return path.startsWith('/') ? `${relative(build, path)}:${line + 1}` : path
}

import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ProjectWatch } from './project-watch.ts'

let root = ''
let now = 0
let watch: ProjectWatch

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-watch-'))
  await mkdir(join(root, 'config', 'mapping'), { recursive: true })
  await mkdir(join(root, 'pipelines'))
  now = 0
  watch = new ProjectWatch(root, { now: () => now, sleep: () => Promise.resolve(), fromReal: (ms) => ms })
  await watch.stoodFor()
  watch.done()
})

afterEach(() => rm(root, { recursive: true, force: true }))

/** Saves a file (or removes it) a second later; resolves to how long everything stood still then. */
async function saved(file: string, text?: string): Promise<number | undefined> {
  now += 1_000
  if (text === undefined) await rm(join(root, file))
  else {
    await writeFile(join(root, `${file}.part`), text)
    await rename(join(root, `${file}.part`), join(root, file))
  }
  return watch.stoodFor()
}

it('counts from the last of several files that are saved one after another', async () => {
  expect(await watch.stoodFor()).toBeUndefined()
  for (const file of ['.env', 'config/obmen.yaml', 'config/mapping/a.xlsx', 'pipelines/a.yaml']) {
    expect(await saved(file, 'a')).toBe(0)
  }
  now += 1_500
  expect(await watch.stoodFor()).toBe(1_500)
  watch.done()
  expect(await watch.stoodFor()).toBeUndefined()
  expect(await saved('pipelines/a.yaml')).toBe(0)
})

it('leaves alone what belongs to editors and to nobody', async () => {
  for (const file of ['config/mapping/~$a.xlsx', 'config/.obmen.yaml.swp', 'pipelines/notes.txt', 'README.md']) {
    expect(await saved(file, 'a')).toBeUndefined()
  }
})

it('gives nothing of a reading during which somebody saved', async () => {
  await saved('.env', 'a')

  expect(await watch.read(() => saved('.env', 'bb'))).toBeUndefined()
  expect(await watch.read(() => Promise.resolve('whole'))).toBe('whole')
})

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import { catalogueOf } from '../e2e/on-disk.ts'
import { useBench } from './bench.ts'
import { makeProject } from './project-folder.ts'

/** A pass over the archive hits some hundred failpoints; this takes so many of them, evenly. */
const KILLS = 8

const bench = useBench('archive')

/** A project with an archive of six files in its inbox. */
async function projectWithArchive(name: string): Promise<string> {
  const root = join(bench.folder, name)
  await mkdir(root)
  await makeProject(root, bench.simulator.url, 'smtp://127.0.0.1:9')
  const exported = writeExport(clothingShop(), { stamp: '2026-11-01T10:00:00', scope: 'full', portionSize: 5 })
  const packed = exported.map(({ name: member, text }) => ({ name: `webdata/${member}`, text }))
  await writeFile(join(root, '1c', 'offers', 'all.zip'), zipOf(packed))
  return root
}

/** One pass, killed at a failpoint or not; what ended it. */
async function pass(root: string, failpoint?: string): Promise<string> {
  const env = { OBMEN_LOG: 'error', ...(failpoint === undefined ? {} : { OBMEN_FAILPOINT: failpoint }) }
  const running = bench.product.start(root, env, 'run')
  const ended = await running.ended
  return ended === 'SIGKILL' ? ended : `${ended} ${running.output()}`
}

/** What the exchange files made of the catalogue; without the times of our own work. */
async function catalogue(root: string): Promise<unknown> {
  const entries = Object.entries(await catalogueOf(root))
  return Object.fromEntries(entries.filter(([key]) => !key.startsWith('exchange.')))
}

test('killed anywhere in an archive, the claim is run again and ends in the same catalogue', async () => {
  const clean = await projectWithArchive('clean')
  const hits = join(bench.folder, 'hits')
  expect(await pass(clean, `count:${hits}`)).toBe('exit 0 ')
  const count = (await readFile(hits, 'utf8')).split('\n').length - 1
  const wanted = await catalogue(clean)

  const found: Record<number, readonly string[]> = {}
  for (let i = 0; i < KILLS; i++) {
    const at = 1 + Math.floor((i * count) / KILLS)
    const root = await projectWithArchive(`at-${at}`)
    const ends = [await pass(root, `kill:${at}`), await pass(root)]
    const same = JSON.stringify(await catalogue(root)) === JSON.stringify(wanted)
    found[at] = [...ends, same ? 'the same catalogue' : 'another catalogue']
  }

  expect(Object.keys(wanted as object).length).toBeGreaterThan(10)
  expect(Object.values(found)).toEqual(
    Array.from({ length: KILLS }, () => ['SIGKILL', 'exit 0 ', 'the same catalogue']),
  )
}, 300_000)

import { readFileSync } from 'node:fs'
import { copyFile, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { Catalogue } from '../../src/state/catalogue.ts'
import { openLmdbStore } from '../../src/state/open.ts'
import { heldValues } from '../reread/held.ts'
import { differences, readSet } from '../reread/reading.ts'
import { HAS_SAMPLES, SAMPLES, SETS } from '../reread/sets.ts'
import { createProject, until, type Project } from './project.ts'

let project: Project | undefined
afterEach(async () => {
  await project?.close()
  project = undefined
})

const chosen = SETS.filter(({ folder }) =>
  ['mebelsalskarhiv+Central_office', 'gillbeits+commerceml', 'bogutski+1C-CommerceML-to-JSON'].includes(folder),
)

for (const { family, folder, files } of chosen) {
  test.skipIf(!HAS_SAMPLES)(
    `${family}: ${folder}, dropped at once, is in the catalogue of the service as another parser reads it`,
    async () => {
      project = await createProject()
      const { root, inbox } = project
      await project.open()
      await mkdir(join(inbox, 'webdata'), { recursive: true })
      for (const name of files) await copyFile(join(SAMPLES, folder, name), join(inbox, 'webdata', name))
      await until('every file is archived', async () => {
        const archived = await readdir(join(root, 'archive'), { recursive: true }).catch(() => [])
        return files.every((name) => archived.some((path) => path.endsWith(name)))
      })
      const store = await openLmdbStore({ folder: join(root, 'state', 'store'), readOnly: true })
      const held = await heldValues(new Catalogue(store, 'main'), store)
      await store.close()
      const read = readSet(files.map((name) => ({ name, bytes: readFileSync(join(SAMPLES, folder, name)) })))

      expect(differences(read, held).slice(0, 20)).toEqual([])
    },
  )
}

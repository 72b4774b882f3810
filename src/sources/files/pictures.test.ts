import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { PictureFinder } from './pictures.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'obmen-pictures-'))
  await mkdir(join(root, 'Import_Files/AB'), { recursive: true })
})

test.each([
  ['photo.jpg', 'photo.jpg'],
  ['Photo.JPG', 'photo.jpg'],
  ['a.tar.gz', 'a.tar'],
  ['a.tar', 'a.tar.gz'],
])('the file %s is found as %s', async (name, stated) => {
  await writeFile(join(root, 'Import_Files/AB', name), 'x')

  const found = await new PictureFinder(['/nowhere', root]).find(`import_files/ab/${stated}`)

  expect(found?.path).toBe(join(root, 'Import_Files/AB', name))
})

test('of two names that are alike up to the second dot none is taken for the other', async () => {
  await writeFile(join(root, 'Import_Files/AB', 'a.tar.gz'), 'x')
  await writeFile(join(root, 'Import_Files/AB', 'a.tar.bz'), 'x')

  const found = await new PictureFinder([root]).find('import_files/ab/a.tar')

  expect(found).toBeUndefined()
})

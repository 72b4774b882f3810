import { join } from 'node:path'
import { createFiles } from '../../src/state/disk.ts'
import { referenceFiles } from './files.ts'

// `npm run reference`: writes the reference and the schemas that are generated from the declarations.
const root = join(import.meta.dirname, '..', '..')
const files = createFiles()
for (const [name, text] of referenceFiles(root)) await files.writeAtomic(join(root, name), text)

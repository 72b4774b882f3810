import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { clothingShop } from '../../fixtures/clothing-shop.ts'
import type { ExportFile } from '../../fixtures/export-file.ts'
import { exportOf, type Producer } from '../../fixtures/families.ts'
import { changedBase } from '../../fixtures/generated-base.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { writeExport } from '../../fixtures/ut-export.ts'

/** A file that mutations start from. */
export interface CorpusFile {
  /** How the product knows it; shows family and portion. */
  readonly name: string
  readonly bytes: Buffer
}

const FIXTURES = fileURLToPath(new URL('../../fixtures', import.meta.url))

/** Every exchange file of `fixtures/`: the quirks, the broken ones, and small generated sets. The same on every machine. */
export function readCorpus(): readonly CorpusFile[] {
  const shop = clothingShop()
  const small = { ...shop, goods: shop.goods.slice(0, 3) }
  const later = changedBase(small, 2, 1).base
  return [
    ...folder('quirks'),
    ...folder('broken'),
    ...set('first/webdata', writeExport(small, { stamp: '2026-03-02T14:00:05', scope: 'full', portionSize: 2 })),
    ...set('later/webdata', writeExport(later, { stamp: '2026-03-02T14:10:05', scope: 'full', lineEnd: '\n' })),
    ...set(
      'prices/webdata',
      writeExport(later, { stamp: '2026-03-02T14:20:05', scope: 'full', priceUpdateOnly: true }),
    ),
    ...set('unf', runOf('B', small, '2026-03-02T14:30:05')),
    ...set('bus', runOf('C', later, '2026-03-02T14:40:05')),
  ]
}

function folder(name: string): CorpusFile[] {
  const path = join(FIXTURES, name)
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.xml'))
    .map((file) => file.replaceAll('\\', '/'))
    .sort()
    .map((file) => ({ name: `${name}/${file}`, bytes: readFileSync(join(path, file)) }))
}

function set(run: string, files: readonly ExportFile[]): CorpusFile[] {
  return files.map(({ name, text }) => ({ name: `${run}/${name}`, bytes: Buffer.from(text) }))
}

function runOf(producer: Producer, base: BaseModel, stamp: string): ExportFile[] {
  const files = exportOf(producer, base, statedGoods(base, { scope: 'full' }), { stamp, scope: 'full' })
  return files.map(({ name, pieces }) => ({ name, text: [...pieces].join('') }))
}

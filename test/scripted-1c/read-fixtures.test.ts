import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { brokenFiles } from '../../fixtures/broken.ts'
import { clothingShop, shopGoodId, shopIds, shopOfferId } from '../../fixtures/clothing-shop.ts'
import { writeExport, type ExportOptions } from '../../fixtures/ut-export.ts'
import type { Statement } from '../../src/core/catalogue.ts'
import { openExchangeFile, type ExchangeRecord } from '../../src/formats/commerceml/index.ts'

const { signal } = new AbortController()
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obmen-read-'))
})

afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

/** Writes bytes and reads them as the product does. */
async function read(name: string, bytes: string | Uint8Array) {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  const file = await openExchangeFile(path, { name, workFolder: folder, timezone: 'Europe/Moscow' }, signal)
  const found: ExchangeRecord[] = []
  for await (const batch of file.records(signal)) {
    for (const record of batch) record.check()
    found.push(...batch)
  }
  const statements = new Map<string, Statement>()
  for await (const batch of file.decode(found, signal)) {
    for (const { record, statement } of batch) if (statement !== undefined) statements.set(record.id, statement)
  }
  return { summary: file.summary, statements }
}

async function readShop(name: string, options: Partial<ExportOptions> = {}) {
  const files = writeExport(clothingShop(), { stamp: '2026-01-31T10:00:00', scope: 'full', ...options })
  return read(name, files.find((file) => file.name === name)?.text ?? '')
}

describe('the product reads what the fixtures write', () => {
  test('goods', async () => {
    const { summary, statements } = await readShop('import0_1.xml')

    const { stamp, family, bom, records } = summary
    expect({ stamp, family, bom, products: records.product }).toEqual({
      stamp: Date.UTC(2026, 0, 31, 7),
      family: 'A',
      bom: true,
      products: 12,
    })
    const { name, article, unit, vat, deleted } = statements.get(shopGoodId('ФТ-003'))?.productFacts ?? {}
    expect({ name, article, unit: unit?.code, vat, deleted }).toEqual({
      name: 'Лонгслив & майка <комплект>',
      article: 'ФТ-003',
      unit: '796',
      vat: '22',
      deleted: false,
    })
  })

  test('offers, and a price and stock update under the same key', async () => {
    const id = shopOfferId('ФТ-001', 'M')
    const full = await readShop('offers0_1.xml')
    const update = await readShop('offers0_1.xml', {
      scope: 'delta',
      priceUpdateOnly: true,
      changedOffers: new Set([id]),
    })

    const stocks = { total: '10', byWarehouse: { [shopIds.mainWarehouse]: '9', [shopIds.podolsk]: '1' } }
    expect(full.summary.records.offer).toBe(30)
    expect(full.statements.get(id)?.stocks).toEqual(stocks)
    expect([...update.statements.keys()]).toEqual([id])
    expect(update.statements.get(id)?.stocks).toEqual(stocks)
    expect(full.statements.get(id)?.prices?.map(({ amount }) => amount)).toEqual(['1490', '1990'])
    expect(update.statements.get(id)?.prices?.map(({ amount }) => amount)).toEqual(['1490', '1990'])
  })

  test.each(brokenFiles())('but not $name', async ({ name, bytes }) => {
    await expect(read(name, bytes)).rejects.toMatchObject({ name: 'ObmenError', kind: 'input' })
  })
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { ProductEntry } from '../core/catalogue.ts'
import type { CompiledExpression } from '../core/expression.ts'
import type { ItemContext } from '../core/item.ts'
import type { LedgerEntry } from '../core/ledger.ts'
import type { Writer } from '../core/marketplace.ts'
import type { Catalogue } from '../state/catalogue.ts'
import { Dictionary } from '../state/dictionary.ts'
import { createFiles } from '../state/disk.ts'
import { openIdentity } from '../state/identity.ts'
import { Ledger } from '../state/ledger.ts'
import { createMemoryStore } from '../state/open.ts'
import { Account, type AccountParts } from './account.ts'
import { AspectRuntime } from './aspect.ts'

const folders: string[] = []

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

function product(id: string, article: string, deleted: boolean): ProductEntry {
  const facts = { name: id, article, deleted, barcodes: [], groups: [], properties: [], requisites: [], catalogues: [] }
  return {
    id,
    facts: { value: facts, stamp: 1, place: 'import.xml:1' },
    variants: { '': {} },
  } as unknown as ProductEntry
}

it('an article passes from a deleted item to its newcomer: nothing of the old item reaches the card any more', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'obmen-account-'))
  folders.push(folder)
  const identity = await openIdentity(join(folder, 'identity.csv'), createFiles())
  await identity.give('old', 'A-1', 1)
  const store = createMemoryStore()
  const ledger = new Ledger(store, 'ledger.a.stocks')
  const held: LedgerEntry = {
    itemId: 'old',
    warehouseId: '1',
    accepted: { value: { quantity: 5 }, fingerprint: 'five', since: 1 },
  }
  const neighbour: LedgerEntry = { ...held, itemId: 'older' }
  await ledger.put([held, neighbour])
  const products = new Map([product('old', 'A-1', true), product('new', 'A-1', false)].map((each) => [each.id, each]))
  const byArticle: CompiledExpression = {
    names: [],
    evaluate: (item: ItemContext) => ({ kind: 'text', value: item.product.article }),
  } as unknown as CompiledExpression
  const account = new Account({
    config: { name: 'a', warehouses: new Map() },
    exchange: { currency: new Map() },
    catalogue: {
      dictionary: () => Promise.resolve(Dictionary.of([])),
      getMany: (ids: readonly string[]) => Promise.resolve(ids.map((id) => products.get(id))),
    } as unknown as Catalogue,
    aspects: new Map([
      ['stocks', new AspectRuntime('stocks', store, ledger, 'rejections.a.stocks', {} as Writer<unknown>)],
    ]),
    identity,
    identityExpressions: [byArticle],
    tables: () => ({ lookup: () => undefined, has: () => false }),
    now: () => 2,
  } as unknown as AccountParts)

  const ids = await account.giveOfferIds(['old', 'new'])

  expect(ids.get('new')).toBe('A-1')
  expect(ids.get('old')).toEqual({
    code: 'identity.taken',
    message: 'article "A-1" belongs to new now',
    params: { offerId: 'A-1', owner: 'new' },
  })
  // When 1C brings the old item back under another article, what it had does not count for that one.
  expect(await ledger.getMany(['old\n1', 'older\n1'])).toEqual([undefined, neighbour])
})

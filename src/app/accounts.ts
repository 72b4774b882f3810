import type { Aspect, LedgerEntry } from '../core/ledger.ts'
import { ledgerKey } from '../core/ledger.ts'
import { fingerprintValue } from '../core/fingerprint.ts'
import type { ListingRow, StockValue } from '../core/marketplace.ts'
import type { Account } from '../pipeline/account.ts'
import type { AspectRuntime } from '../pipeline/aspect.ts'
import * as notices from '../views/notices.ts'
import * as serviceNotices from '../views/service-notices.ts'
import { accountKey, type AccountFacts, type Runtime } from './runtime.ts'

/** Warn so long before a key dies (Ozon: keys live three months). */
const KEY_WARNING = 14 * 86_400_000

/**
 * Probes an account and keeps what it says: warehouses, when the key dies. Returns true when the warehouses are others
 * than before: every item must be looked at. @throws ObmenError of the connector
 */
export async function checkAccount(account: Account, runtime: Runtime, signal: AbortSignal): Promise<boolean> {
  const { keyExpiresAt, warehouses, missingMethods } = await account.parts.connector.check(signal)
  const before = JSON.stringify(account.warehouses ?? null)
  account.setWarehouses(warehouses)
  await remember(account, runtime, { warehouses, ...(keyExpiresAt === undefined ? {} : { keyExpiresAt }) })
  const { timezone } = account.parts.exchange
  const marketplace = account.parts.connector.title
  if (keyExpiresAt !== undefined && keyExpiresAt - runtime.clock.now() < KEY_WARNING) {
    await runtime.notifier.raise(
      notices.keyExpires({ account: account.name, marketplace, expiresAt: keyExpiresAt, timezone }),
    )
  }
  const missing = serviceNotices.methodsMissing({ account: account.name, marketplace, methods: missingMethods })
  if (missingMethods.length > 0) await runtime.notifier.raise(missing)
  else await runtime.notifier.resolve(missing.cause, 'Ключу хватает прав.')
  return before !== JSON.stringify(warehouses)
}

/** Merges facts of an account into what is kept of it. */
export async function remember(account: Account, runtime: Runtime, facts: AccountFacts): Promise<void> {
  const key = accountKey(account)
  await account.exclusive(async () => {
    const before = (await runtime.accountFacts.get(key)) ?? {}
    const readBack = { ...before.readBack, ...facts.readBack }
    const next = { ...before, ...facts, ...(facts.readBack === undefined ? {} : { readBack }) }
    if (JSON.stringify(before) === JSON.stringify(next)) return
    await runtime.store.commit([{ namespace: runtime.accountFacts.name, set: [[key, next]] }])
  })
}

/**
 * A ledger that this store has not filled before is a cold start: what the marketplace holds of known items is read
 * first, never taken for "nothing was ever sent". @throws ObmenError of the connector
 */
export async function ensureReadBack(
  account: Account,
  aspect: Aspect,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<void> {
  const facts = (await runtime.accountFacts.get(accountKey(account))) ?? {}
  if (facts.readBack?.[aspect] === runtime.store.generation) return
  const { listing } = account.parts.connector
  const pairs = [...account.parts.identity.pairs()]
  if (listing !== undefined && pairs.length > 0) {
    const itemOf = new Map(pairs.map(({ itemId, offerId }) => [offerId, itemId]))
    const rows = aspect === 'prices' ? listing.prices([...itemOf.keys()], signal) : listing.stocks([...itemOf.keys()], signal)
    const runtimeOf = account.aspect(aspect)
    for await (const batch of rows) await fill(batch, itemOf, runtimeOf, runtime.clock.now())
    runtime.log.info({ account: account.name, aspect, items: pairs.length }, 'ledger filled from read-back')
  }
  await remember(account, runtime, { readBack: { [aspect]: runtime.store.generation } })
}

async function fill(
  rows: readonly ListingRow[],
  itemOf: ReadonlyMap<string, string>,
  aspect: AspectRuntime,
  now: number,
): Promise<void> {
  const found: LedgerEntry[] = []
  for (const row of rows) {
    const itemId = itemOf.get(row.offerId)
    if (itemId === undefined) continue
    if (aspect.aspect === 'prices' && row.prices !== undefined) {
      const value = aspect.writer.normalise(row.prices)
      if (typeof value === 'object' && value !== null && 'code' in value) continue
      found.push({ itemId, accepted: { value, fingerprint: fingerprintValue(value), since: now } })
    }
    for (const [warehouseId, quantity] of Object.entries(row.stocks ?? {})) {
      const value: StockValue = { quantity }
      found.push({ itemId, warehouseId, accepted: { value, fingerprint: fingerprintValue(value), since: now } })
    }
  }
  const keys = found.map((entry) => ledgerKey(entry.itemId, entry.warehouseId))
  const known = await aspect.ledger.getMany(keys)
  await aspect.ledger.put(found.filter((_, i) => known[i] === undefined))
}

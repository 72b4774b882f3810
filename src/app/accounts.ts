import type { Account } from '../pipeline/account.ts'
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
    const next = { ...before, ...facts }
    if (JSON.stringify(before) === JSON.stringify(next)) return
    await runtime.store.commit([{ namespace: runtime.accountFacts.name, set: [[key, next]] }])
  })
}

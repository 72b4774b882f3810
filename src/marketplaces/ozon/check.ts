import type { AccountCheck, MarketplaceWarehouse } from '../../core/marketplace.ts'
import type { OzonApi } from './api.ts'
import { LANES, METHODS, WAREHOUSE_PAGE } from './limits.ts'
import { nextOf, pages } from './paging.ts'
import { rolesAnswer, warehousesAnswer } from './schema.ts'

/** Warehouse statuses that take no stock; Ozon calls the working one `created`. */
const INACTIVE = new Set(['new', 'disabled', 'blocked', 'disabled_due_to_limit', 'error'])

/** Probes the key, its rights and the warehouses. @throws as OzonApi.read */
export async function checkAccount(api: OzonApi, signal: AbortSignal): Promise<AccountCheck> {
  const roles = await api.read({ method: METHODS.roles, body: {}, schema: rolesAnswer, lane: LANES.reading, signal })
  const allowed = new Set(roles.roles.flatMap((role) => role.methods))
  // Without any method listed the answer says nothing about rights.
  const missingMethods =
    allowed.size === 0 ? [] : Object.values(METHODS).filter((m) => m !== METHODS.roles && !allowed.has(m))
  return {
    ...(roles.expires_at === undefined ? {} : { keyExpiresAt: roles.expires_at }),
    missingMethods,
    warehouses: missingMethods.includes(METHODS.warehouses) ? [] : await readWarehouses(api, signal),
  }
}

async function readWarehouses(api: OzonApi, signal: AbortSignal): Promise<readonly MarketplaceWarehouse[]> {
  const warehouses: MarketplaceWarehouse[] = []
  const read = pages(METHODS.warehouses, async (cursor) => {
    const answer = await api.read({
      method: METHODS.warehouses,
      body: { limit: WAREHOUSE_PAGE, cursor },
      schema: warehousesAnswer,
      lane: LANES.reading,
      signal,
    })
    return { rows: answer.warehouses, ...nextOf(answer) }
  })
  for await (const rows of read) {
    for (const row of rows) {
      warehouses.push({ id: row.warehouse_id, name: row.name, active: !INACTIVE.has(row.status.toLowerCase()) })
    }
  }
  return warehouses
}

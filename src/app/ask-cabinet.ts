import { ObmenError } from '../core/errors.ts'
import type { MarketplaceWarehouse } from '../core/marketplace.ts'
import { Secret } from '../core/secret.ts'
import { ozon } from '../marketplaces/ozon/index.ts'
import { connectorOf } from './probe.ts'

/** A key of a cabinet of Ozon that is not in any configuration yet. */
export interface CabinetKey {
  readonly clientId: string
  readonly apiKey: string
  /** Instead of Ozon's own address. */
  readonly baseUrl?: string | undefined
}

/** The number of a cabinet as the configuration takes it, else what is wrong with it. */
export function faultOfClientId(clientId: string): string | undefined {
  const result = ozon.settings.shape.clientId.safeParse(clientId)
  return result.success ? undefined : 'Client-Id — это число из кабинета Ozon: только цифры'
}

/**
 * The warehouses of a cabinet. @throws ObmenError as `Connector.check`: transient when it does not answer, fatal
 * `ozon.unauthorized` when it refuses the key
 */
export async function askWarehouses(key: CabinetKey, signal: AbortSignal): Promise<readonly MarketplaceWarehouse[]> {
  const { clientId, apiKey, baseUrl = ozon.defaultBaseUrl } = key
  const settings = { clientId, apiKey: new Secret(apiKey) }
  const connector = connectorOf({ name: 'init', marketplace: ozon.name, baseUrl, settings })
  try {
    const { warehouses, missingMethods } = await connector.check(signal)
    if (missingMethods.length === 0) return warehouses
    throw new ObmenError('config', 'init.rights', `asking Ozon: the key may not call ${missingMethods.join(', ')}`, {
      remedy:
        'Make a key with the rights "Admin read only" and those for prices, stocks and postings, or one with all.',
    })
  } finally {
    await connector.close()
  }
}

import { z } from 'zod'
import { secretField } from '../../config/fields.ts'
import type { Clock } from '../../core/clock.ts'
import type { Aspect } from '../../core/ledger.ts'
import type { Log } from '../../core/log.ts'
import type { Connector } from '../../core/marketplace.ts'
import { Secret } from '../../core/secret.ts'
import { createOzonApi } from './api.ts'
import { checkAccount } from './check.ts'
import { BASE_URL } from './limits.ts'
import { createListingReader } from './listing.ts'
import { createOrderSource } from './orders.ts'
import { createPriceWriter } from './prices.ts'
import { createStockWriter } from './stocks.ts'

/** What an account of Ozon needs besides the common part. */
const settings = z.strictObject({
  clientId: z
    .union([z.string().regex(/^\d+$/, 'must be the number from the cabinet: digits only'), z.int().positive()])
    .transform(String)
    .describe('Client ID кабинета: Настройки → API-ключи.'),
  apiKey: z
    .union([
      secretField(),
      z
        .string()
        .min(1)
        .transform((key) => new Secret(key)),
    ])
    .describe('Ключ API кабинета; живёт три месяца. Держите его в .env: `${OZON_API_KEY}`.'),
})

/** What an Ozon account has besides what all accounts have. */
export type OzonSettings = z.output<typeof settings>

/** What a connector is made of besides its account. */
export interface OzonDeps {
  readonly clock: Clock
  /** 0…1. */
  readonly random: () => number
  readonly log: Log
  /** Real milliseconds for one request; default 60 s. */
  readonly timeoutMs?: number
}

const aspects: readonly Aspect[] = ['prices', 'stocks']

/** Ozon Seller API: prices, stocks, FBS postings. */
export const ozon = {
  name: 'ozon',
  summary: 'Ozon: цены и остатки в кабинет, отправления FBS из кабинета.',
  settings,
  defaultBaseUrl: BASE_URL,
  aspects,
  /** Opens nothing yet; the first request does. */
  create(
    account: { readonly name: string; readonly baseUrl: string; readonly settings: OzonSettings },
    deps: OzonDeps,
  ): Connector {
    const baseUrl = account.baseUrl.replace(/\/+$/, '')
    const { clientId, apiKey } = account.settings
    const api = createOzonApi({ ...deps, baseUrl, clientId, apiKey })
    return {
      account: account.name,
      marketplace: 'ozon',
      title: 'Ozon',
      baseUrl,
      ownId: clientId,
      check: (signal) => checkAccount(api, signal),
      prices: createPriceWriter(api, deps.clock),
      stocks: createStockWriter(api),
      orders: createOrderSource(api, account.name, deps.clock),
      listing: createListingReader(api, deps.clock),
      health: () => api.health(),
      limits: () => api.limits(),
      close: () => api.close(),
    }
  },
}

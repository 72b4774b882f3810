/** A product of the local Ozon. Prices are decimal texts, stocks by warehouse id. */
export interface OzonProduct {
  readonly price?: string
  readonly old_price?: string
  readonly stocks: Readonly<Record<string, { readonly free: number; readonly reserved: number }>>
}

/** What the local Ozon knows of one cabinet. */
export interface OzonState {
  readonly warehouses: readonly { readonly warehouseId: number; readonly name: string }[]
  readonly products: Readonly<Record<string, OzonProduct>>
}

/** One accepted write. */
export interface OzonWrite {
  readonly aspect: 'prices' | 'stocks'
  readonly offerId: string
  readonly warehouseId?: number
  /** Pieces, or prices as decimal texts. */
  readonly value: number | { readonly price: string; readonly old_price?: string }
}

/** One cabinet of the local Ozon through its control API: what buyers and the marketplace itself do. */
export class OzonCabinet {
  readonly clientId: string
  readonly #url: string

  constructor(url: string, clientId: string) {
    this.#url = url
    this.clientId = clientId
  }

  async state(): Promise<OzonState> {
    const all = JSON.parse(await this.#get('state')) as Record<string, OzonState>
    return all[this.clientId] ?? { warehouses: [], products: {} }
  }

  /** Accepted writes, oldest first. */
  async ledger(): Promise<OzonWrite[]> {
    return lines<OzonWrite>(await this.#get('ledger'))
  }

  /** How many requests wanted to write prices or stocks. */
  async writeRequests(): Promise<number> {
    const requests = lines<{ method: string }>(await this.#get('requests'))
    return requests.filter(({ method }) => WRITES.has(method)).length
  }

  /** Makes empty cards. */
  async putCards(offerIds: readonly string[]): Promise<void> {
    await this.#post('products', { clientId: this.clientId, items: offerIds.map((offerId) => ({ offerId })) })
  }

  /** A buyer orders; gives the number of the posting. */
  async order(
    warehouse: string,
    ordered: readonly { readonly offerId: string; readonly quantity: number }[],
  ): Promise<string> {
    const { warehouses, products } = await this.state()
    const warehouseId = warehouses.find(({ name }) => name === warehouse)?.warehouseId
    const body = {
      clientId: this.clientId,
      warehouseId,
      lines: ordered.map((line) => ({ ...line, price: products[line.offerId]?.price ?? '1' })),
    }
    return (JSON.parse(await this.#post('postings', body)) as { postingNumber: string }).postingNumber
  }

  /** The buyer changes his mind. */
  async cancel(posting: string): Promise<void> {
    await this.#post(`postings/${posting}/cancel`, {})
  }

  async #get(path: string): Promise<string> {
    const response = await fetch(`${this.#url}/_sim/${path}`)
    const text = await response.text()
    if (!response.ok) throw new Error(`GET /_sim/${path}: ${response.status} ${text}`)
    return text
  }

  async #post(path: string, body: unknown): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${this.#url}/_sim/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const text = await response.text()
    if (!response.ok) throw new Error(`POST /_sim/${path}: ${response.status} ${text}`)
    return text
  }
}

const WRITES: ReadonlySet<string> = new Set(['/v1/product/import/prices', '/v2/products/stocks'])

function lines<T>(ndjson: string): T[] {
  return ndjson
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}

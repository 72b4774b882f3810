import type { AccountConfig, ExchangeConfig } from '../config/model.ts'
import { isGone, splitOfferId } from '../core/catalogue.ts'
import { ObmenError } from '../core/errors.ts'
import type { CompiledExpression, UsedName } from '../core/expression.ts'
import { MissingValue, UnusableValue, type ItemContext, type Reason } from '../core/item.ts'
import type { Aspect } from '../core/ledger.ts'
import type { Connector, MarketplaceWarehouse } from '../core/marketplace.ts'
import type { Posting } from '../core/order.ts'
import type { Catalogue } from '../state/catalogue.ts'
import type { Identity } from '../state/identity.ts'
import type { OpenLine } from '../state/order-book.ts'
import type { TableReader } from '../tables/index.ts'
import type { AspectRuntime } from './aspect.ts'
import { isoCurrency } from './currency.ts'
import type { ReadBackRun } from './read-back.ts'
import { itemContext, type AccountView, type WarehouseRule } from './item-context.ts'

/** Longest article that marketplaces take; Ozon: 50 (`offer_id`, method description). */
const MAX_OFFER_ID = 50
/** Products read at once for new articles. */
const READ_AT_ONCE = 1000

/** An article on its way into the identity journal. */
interface IdentityGift {
  readonly itemId: string
  readonly offerId: string
  /** The deleted item that had it before. */
  readonly passedFrom?: string
}

/** Everything an account consists of at run time. */
export interface AccountParts {
  readonly config: AccountConfig
  readonly exchange: ExchangeConfig
  readonly connector: Connector
  readonly catalogue: Catalogue
  readonly aspects: ReadonlyMap<Aspect, AspectRuntime>
  readonly identity: Identity
  readonly select: CompiledExpression | undefined
  readonly identityExpressions: readonly CompiledExpression[]
  /** The tables of managers as they are in force now. */
  readonly tables: () => TableReader
  /** What orders take away from the stock of an item that 1C stated with `stamp`, without knowing of them. */
  openLines(itemId: string, stamp: number): readonly OpenLine[]
  readonly isApproved: () => Promise<boolean>
  readonly now: () => number
}

/** A marketplace account at run time: who its items are, which are selected, what its warehouses mean. */
export class Account {
  readonly parts: AccountParts
  readonly name: string
  #warehouses: readonly MarketplaceWarehouse[] | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(parts: AccountParts) {
    this.parts = parts
    this.name = parts.config.name
  }

  /** Runs `work` alone: what is kept of an account is read, merged and written by several loops. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(work, work)
    this.#last = run.catch(() => undefined)
    return run
  }

  /** Warehouses as the marketplace last named them. */
  setWarehouses(warehouses: readonly MarketplaceWarehouse[]): void {
    this.#warehouses = warehouses
  }

  get warehouses(): readonly MarketplaceWarehouse[] | undefined {
    return this.#warehouses
  }

  aspect(aspect: Aspect): AspectRuntime {
    const runtime = this.parts.aspects.get(aspect)
    if (runtime === undefined) {
      throw new ObmenError('config', 'account.no_aspect', `opening ${this.name}: it does not keep ${aspect} in step`)
    }
    return runtime
  }

  /** Names of 1C that the account itself uses: in select, identity and as sources of its warehouses. */
  names(): readonly UsedName[] {
    const { config, select, identityExpressions } = this.parts
    const warehouses = [...config.warehouses.values()].flatMap((rule) =>
      [...(rule.from === 'all' ? [] : rule.from), ...(rule.orders === undefined ? [] : [rule.orders])].map(
        (name): UsedName => ({
          kind: 'warehouse',
          name,
          place: rule.place,
        }),
      ),
    )
    return [...(select?.names ?? []), ...identityExpressions.flatMap((e) => e.names), ...warehouses]
  }

  /** The marketplace warehouse that a name or id of the configuration means; a Reason when it is unknown or ambiguous. */
  marketplaceWarehouse(nameOrId: string): MarketplaceWarehouse | Reason {
    if (this.#warehouses === undefined) {
      return { code: 'account.warehouses_unread', message: `the warehouses of ${this.name} were not read yet` }
    }
    const hits = this.#warehouses.filter((w) => w.id === nameOrId || w.name === nameOrId)
    const [hit] = hits
    if (hit === undefined) {
      const known = this.#warehouses.map((w) => `"${w.name}"`).join(', ')
      return {
        code: 'account.unknown_warehouse',
        message: `${this.name} has no warehouse "${nameOrId}"; it has ${known === '' ? 'none' : known}`,
        params: { name: nameOrId, known },
      }
    }
    if (hits.length > 1) {
      return {
        code: 'account.ambiguous_warehouse',
        message: `${this.name} has ${hits.length} warehouses named "${nameOrId}"; write the id instead: ${hits.map((w) => w.id).join(', ')}`,
        params: { name: nameOrId },
      }
    }
    return hit
  }

  /**
   * Name of the 1C warehouse that ships a posting: what the account's configuration says for the marketplace
   * warehouse, else its only source. Undefined when the configuration does not tell.
   */
  orderWarehouse(posting: Posting): string | undefined {
    for (const [name, rule] of this.parts.config.warehouses) {
      if (name !== posting.warehouseId && name !== posting.warehouseName) continue
      return rule.orders ?? (rule.from !== 'all' && rule.from.length === 1 ? rule.from[0] : undefined)
    }
    return undefined
  }

  /** What a read-back of this account works with. */
  readBackRun(signal: AbortSignal): ReadBackRun {
    const { identity, now } = this.parts
    return { identity, warehouses: (this.#warehouses ?? []).map(({ id }) => id), now, signal }
  }

  /** What expressions see of this account; a Reason when a warehouse cannot be resolved. */
  async view(needsWarehouses: boolean): Promise<AccountView | Reason> {
    const { config, exchange, catalogue } = this.parts
    const tables = this.parts.tables()
    const dictionary = await catalogue.dictionary()
    const warehouses: WarehouseRule[] = []
    if (needsWarehouses) {
      for (const [name, rule] of config.warehouses) {
        const warehouse = this.marketplaceWarehouse(name)
        if ('code' in warehouse) return warehouse
        warehouses.push({
          id: warehouse.id,
          from:
            rule.from === 'all'
              ? rule.from
              : [...new Set(rule.from.flatMap((from) => dictionary.idsOf('warehouse', from)))],
          buffer: rule.buffer,
          hideBelow: rule.hideBelow,
        })
      }
    }
    return {
      dictionary,
      currency: 'RUB',
      currencyOf: (word) => isoCurrency(word, exchange.currency),
      warehouses,
      openOrders: (itemId, warehouseIds, stamp) => {
        let pieces = 0
        for (const line of this.parts.openLines(itemId, stamp)) {
          const ids = line.warehouse === undefined ? undefined : dictionary.idsOf('warehouse', line.warehouse)
          // A warehouse that 1C has under that name no more: the order may ship from any.
          const anywhere = ids === undefined || ids.length === 0 || warehouseIds === 'all'
          if (anywhere || ids.some((id) => warehouseIds.includes(id))) pieces += line.quantity
        }
        return pieces
      },
      lookup: (table, key, column) => tables.lookup(table, key, column),
      inTable: (table, key) => tables.has(table, key),
    }
  }

  /** True when the account's `select` takes the item. @throws MissingValue, UnusableValue */
  selects(item: ItemContext): boolean {
    const { select } = this.parts
    if (select === undefined) return true
    const result = select.evaluate(item)
    return result.kind === 'boolean' && result.value
  }

  /** What the identity expressions give for an item, in their order; empty texts left out. */
  wantedOfferIds(item: ItemContext): readonly string[] {
    return this.parts.identityExpressions.map((each) => textOf(each, item)).filter((text) => text !== '')
  }

  /** The account's article of an item that has one. */
  offerIdOf(itemId: string): string | undefined {
    return this.parts.identity.offerIdOf(itemId)
  }

  /**
   * Articles of items that are about to be sent; new ones are in the journal before this resolves. A Reason where none
   * can be given. A taken article rejects the newcomer, unless 1C deleted its owner or left it out of a
   * full set.
   */
  async giveOfferIds(itemIds: readonly string[]): Promise<ReadonlyMap<string, string | Reason>> {
    const { identity } = this.parts
    const { offerIds, fresh } = await this.#assign(itemIds)
    const at = this.parts.now()
    for (const { itemId, offerId, passedFrom } of fresh) {
      if (passedFrom === undefined) continue
      // What the ledgers know of the owner belongs to the article that it loses.
      for (const { ledger } of this.parts.aspects.values()) await ledger.forget(passedFrom)
      await identity.pass(offerId, itemId, at)
    }
    await identity.giveMany(
      fresh.filter((gift) => gift.passedFrom === undefined),
      at,
    )
    return offerIds
  }

  /** What {@link giveOfferIds} would answer now; nothing is given. */
  async proposeOfferIds(itemIds: readonly string[]): Promise<ReadonlyMap<string, string | Reason>> {
    return (await this.#assign(itemIds)).offerIds
  }

  /** Articles of items, and which of them are new. */
  async #assign(
    itemIds: readonly string[],
  ): Promise<{ readonly offerIds: ReadonlyMap<string, string | Reason>; readonly fresh: readonly IdentityGift[] }> {
    const { identity } = this.parts
    const offerIds = new Map<string, string | Reason>()
    const missing: string[] = []
    for (const id of new Set(itemIds)) {
      const known = identity.offerIdOf(id)
      if (known === undefined) missing.push(id)
      else offerIds.set(id, known)
    }
    const given = new Map<string, string>()
    const fresh: IdentityGift[] = []
    for await (const item of this.#contexts(missing)) {
      const id = item.offer.id
      const choice = await this.#choose(item, given)
      if ('code' in choice) {
        offerIds.set(id, choice)
        continue
      }
      given.set(choice.offerId, id)
      fresh.push({ itemId: id, ...choice })
      offerIds.set(id, choice.offerId)
    }
    // The owner may stand in the same batch: what was wanted for it must not reach the newcomer's card.
    for (const { itemId, offerId, passedFrom } of fresh) {
      if (passedFrom !== undefined && offerIds.has(passedFrom)) offerIds.set(passedFrom, passedOn(offerId, itemId))
    }
    return { offerIds, fresh }
  }

  /** Contexts of items whose product record is known: identity is never given before it is. */
  async *#contexts(itemIds: readonly string[]): AsyncIterable<ItemContext> {
    if (itemIds.length === 0) return
    const view = await this.view(false)
    if ('code' in view) return
    for (let from = 0; from < itemIds.length; from += READ_AT_ONCE) {
      const ids = itemIds.slice(from, from + READ_AT_ONCE)
      const productIds = [...new Set(ids.map((id) => splitOfferId(id).productId))]
      const entries = await this.parts.catalogue.getMany(productIds)
      const products = new Map(productIds.map((id, i) => [id, entries[i]]))
      for (const id of ids) {
        const { productId, variant } = splitOfferId(id)
        const entry = products.get(productId)
        if (entry?.facts !== undefined) yield itemContext(entry, variant, view)
      }
    }
  }

  async #choose(item: ItemContext, given: ReadonlyMap<string, string>): Promise<Omit<IdentityGift, 'itemId'> | Reason> {
    let problem: Reason = { code: 'identity.none', message: 'every identity expression is empty for this item' }
    for (const candidate of this.wantedOfferIds(item)) {
      if (candidate.length > MAX_OFFER_ID) {
        problem = {
          code: 'identity.too_long',
          message: `article "${candidate}" has ${candidate.length} characters, the marketplace takes ${MAX_OFFER_ID}`,
          params: { offerId: candidate, length: String(candidate.length), limit: String(MAX_OFFER_ID) },
        }
        continue
      }
      const owner = given.get(candidate) ?? this.parts.identity.itemOf(candidate)
      if (owner === undefined || owner === item.offer.id) return { offerId: candidate }
      if (!given.has(candidate) && (await this.#isGone(owner))) return { offerId: candidate, passedFrom: owner }
      problem = {
        code: 'identity.taken',
        message: `article "${candidate}" belongs to ${owner}`,
        params: { offerId: candidate, owner },
      }
    }
    return problem
  }

  async #isGone(itemId: string): Promise<boolean> {
    const { productId, variant } = splitOfferId(itemId)
    const [entry] = await this.parts.catalogue.getMany([productId])
    return entry !== undefined && isGone(entry, variant)
  }
}

function passedOn(offerId: string, newcomer: string): Reason {
  return {
    code: 'identity.taken',
    message: `article "${offerId}" belongs to ${newcomer} now`,
    params: { offerId, owner: newcomer },
  }
}

/** The text of an identity expression; "" where a value is missing, so that the next one is tried. */
function textOf(expression: CompiledExpression, item: ItemContext): string {
  try {
    const result = expression.evaluate(item)
    return result.kind === 'text' || result.kind === 'decimal' ? result.value.trim() : ''
  } catch (error) {
    if (error instanceof MissingValue || error instanceof UnusableValue) return ''
    throw error
  }
}

import { offerIdOf, type BaseModel, type GoodModel, type VariantModel } from '../../fixtures/ut-base.ts'
import type { UtDocument } from './documents.ts'

/** What a delta run writes: ids of goods (in both files, with all their offers) and of further offers. */
export interface RegisteredChanges {
  readonly goods: ReadonlySet<string>
  readonly offers: ReadonlySet<string>
}

/** The goods, prices and stocks of the scripted base, and what the node has registered as changed since its last run. */
export class ScriptedBase {
  /** Stocks here are what lies in the warehouses; the export shows them without the reserves. */
  readonly model: BaseModel
  readonly #changedGoods = new Set<string>()
  readonly #changedOffers = new Set<string>()

  constructor(model: BaseModel) {
    this.model = structuredClone(model)
    for (const { id } of this.model.goods) this.#changedGoods.add(id)
  }

  /** Puts so many pieces into a warehouse, given by name. */
  setStock(offerId: string, warehouse: string, quantity: number): void {
    const id = idByName(this.model.warehouses, warehouse)
    this.#offer(offerId).variant.stocks[id] = String(quantity)
    this.#changedOffers.add(offerId)
  }

  /** Sets the price of a type, given by name; undefined takes it away. */
  setPrice(offerId: string, type: string, amount: string | undefined): void {
    const typeId = idByName(this.model.priceTypes, type)
    const { variant } = this.#offer(offerId)
    const others = variant.prices.filter((row) => row.typeId !== typeId)
    variant.prices = amount === undefined ? others : [...others, { typeId, amount }]
    this.#changedOffers.add(offerId)
  }

  /** Fills an additional requisite of a good, given by name; an empty value clears it. */
  setProperty(goodId: string, property: string, value: string): void {
    const found = this.model.properties.find(({ name }) => name === property)
    if (found === undefined) throw new Error(`the base has no property ${property}`)
    this.#good(goodId).properties[found.id] = found.values?.find(({ name }) => name === value)?.id ?? value
    this.#changedGoods.add(goodId)
  }

  /** Marks a good for deletion, or takes the mark back. */
  markDeleted(goodId: string, deleted = true): void {
    this.#good(goodId).deleted = deleted
    this.#changedGoods.add(goodId)
  }

  /** Leaves goods out of everything that is written from now on, as when the node's selection changes. */
  removeGood(goodId: string): void {
    this.model.goods = this.model.goods.filter(({ id }) => id !== goodId)
    this.#changedGoods.delete(goodId)
  }

  /** Registers an offer as changed, as 1C does when its reserve changed. */
  registerOffer(offerId: string): void {
    this.#changedOffers.add(offerId)
  }

  /** Hands over what is registered and forgets it; what changes from now on belongs to the next run. */
  takeChanges(): RegisteredChanges {
    const taken = { goods: new Set(this.#changedGoods), offers: new Set(this.#changedOffers) }
    this.#changedGoods.clear()
    this.#changedOffers.clear()
    return taken
  }

  /** Registers again what a run took and did not write. */
  returnChanges({ goods, offers }: RegisteredChanges): void {
    for (const id of goods) this.#changedGoods.add(id)
    for (const id of offers) this.#changedOffers.add(id)
  }

  /** The good and the characteristic of an offer id; undefined where the base has none of that id. */
  find(offerId: string): { good?: GoodModel; variant?: VariantModel } {
    const good = this.model.goods.find(({ id }) => id === offerId.split('#')[0])
    if (good === undefined) return {}
    const variant = good.variants.find((candidate) => offerIdOf(good, candidate) === offerId)
    return variant === undefined ? { good } : { good, variant }
  }

  /** Takes shipped pieces out of the warehouse of the order. */
  ship(document: UtDocument): void {
    for (const line of document.lines) {
      const { variant } = this.find(line.offerId)
      if (variant === undefined) continue
      const before = Number(variant.stocks[document.warehouseId] ?? '0')
      variant.stocks[document.warehouseId] = String(before - line.quantity)
      this.#changedOffers.add(line.offerId)
    }
  }

  /** The base as the export shows it: stock «Свободно», which is what lies there less the reserves of open orders. */
  free(documents: readonly UtDocument[]): BaseModel {
    const copy = structuredClone(this.model)
    const reserves = documents.filter(({ posted, cancelled, shipped }) => posted && !cancelled && !shipped)
    for (const document of reserves) {
      for (const line of document.lines) {
        const good = copy.goods.find(({ id }) => id === line.offerId.split('#')[0])
        const variant = good?.variants.find((candidate) => offerIdOf(good, candidate) === line.offerId)
        if (variant === undefined) continue
        const stock = Number(variant.stocks[document.warehouseId] ?? '0')
        variant.stocks[document.warehouseId] = String(stock - line.quantity)
      }
    }
    return copy
  }

  #good(goodId: string): GoodModel {
    const good = this.model.goods.find(({ id }) => id === goodId)
    if (good === undefined) throw new Error(`the base has no good ${goodId}`)
    return good
  }

  #offer(offerId: string): { good: GoodModel; variant: VariantModel } {
    const { good, variant } = this.find(offerId)
    if (good === undefined || variant === undefined) throw new Error(`the base has no offer ${offerId}`)
    return { good, variant }
  }
}

function idByName(rows: readonly { id: string; name: string }[], name: string): string {
  const row = rows.find((candidate) => candidate.name === name)
  if (row === undefined) throw new Error(`the base has no ${name}`)
  return row.id
}

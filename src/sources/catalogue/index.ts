import { isGone, itemId, splitOfferId, type ProductEntry } from '../../core/catalogue.ts'
import { MissingValue, UnusableValue } from '../../core/item.ts'
import type { Account } from '../../pipeline/account.ts'
import type { ItemEnvelope, ItemLabel } from '../../pipeline/flows.ts'
import { itemContext, type AccountView } from '../../pipeline/item-context.ts'
import type { ItemSource } from '../../pipeline/item-pipeline.ts'
import type { RunContext } from '../../pipeline/stage.ts'

/**
 * Items of the catalogue as an account sees them. An item never vanishes: it has a value, or it is absent on a sign
 * (1C deleted it or left it out of a full set, it exists and is not selected), or it is rejected. An offer without its product's record is
 * rejected: nothing is known of it, and nothing is concluded.
 */
export const catalogueItems: ItemSource = async function* (itemIds, account, view, ctx) {
  const { catalogue } = account.parts
  if (itemIds === undefined) {
    for await (const entries of catalogue.entries()) {
      ctx.signal.throwIfAborted()
      const batch = entries.flatMap((entry) => variantsOf(entry, undefined, account, view, ctx))
      if (batch.length > 0) yield batch
    }
    return
  }
  const productIds = [...new Set([...itemIds].map((id) => splitOfferId(id).productId))]
  for (let i = 0; i < productIds.length; i += 1000) {
    ctx.signal.throwIfAborted()
    const entries = await catalogue.getMany(productIds.slice(i, i + 1000))
    const batch = entries.flatMap((entry) =>
      entry === undefined ? [] : variantsOf(entry, itemIds, account, view, ctx),
    )
    if (batch.length > 0) yield batch
  }
}

function variantsOf(
  entry: ProductEntry,
  wanted: ReadonlySet<string> | undefined,
  account: Account,
  view: AccountView,
  ctx: RunContext,
): ItemEnvelope[] {
  return Object.keys(entry.variants).flatMap((variant): ItemEnvelope[] => {
    const id = itemId(entry.id, variant)
    if (wanted !== undefined && !wanted.has(id)) return []
    const facts = entry.variants[variant]?.facts?.value
    const label: ItemLabel = {
      name: facts?.name ?? entry.facts?.value.name ?? '',
      article: facts?.article || (entry.facts?.value.article ?? ''),
    }
    if (isGone(entry, variant)) return [{ id, label, absent: 'deleted' }]
    if (entry.facts === undefined) {
      ctx.reject(id, label, {
        code: 'item.product_unknown',
        message: '1C has not described the product of this offer yet',
      })
      return []
    }
    const item = itemContext(entry, variant, view)
    try {
      return account.selects(item) ? [{ id, label, value: item }] : [{ id, label, absent: 'unselected' }]
    } catch (error) {
      if (!(error instanceof MissingValue || error instanceof UnusableValue)) throw error
      ctx.reject(id, label, error.reason)
      return []
    }
  })
}

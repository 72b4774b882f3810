import { isGone, itemId, type ProductEntry } from '../core/catalogue.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { MissingValue, UnusableValue } from '../core/item.ts'
import type { Account } from '../pipeline/account.ts'
import { itemContext, type AccountView } from '../pipeline/item-context.ts'
import type { MatchItem } from '../pipeline/match-leads.ts'
import { unknownNames } from '../pipeline/names.ts'
import type { Dictionary } from '../state/dictionary.ts'

/**
 * What 1C says of every item that is alive, as far as it leads to cards. `code`: the property or requisite that holds
 * the marketplace's code. Every name that the account's expressions use must be known, see {@link unknownNameOf}.
 * @throws ObmenError config `match.unknown_code`
 */
export async function matchItems(
  account: Account,
  code: string | undefined,
  signal: AbortSignal,
): Promise<MatchItem[]> {
  const view = await account.view(false)
  if ('code' in view) throw new ObmenError('config', view.code, `reading the items of ${account.name}: ${view.message}`)
  if (code !== undefined) checkCode(code, view.dictionary)
  const items: MatchItem[] = []
  for await (const entries of account.parts.catalogue.entries()) {
    signal.throwIfAborted()
    for (const entry of entries) {
      if (entry.facts === undefined) continue
      for (const variant of Object.keys(entry.variants)) {
        if (!isGone(entry, variant)) items.push(matchItem(entry, variant, account, view, code))
      }
    }
  }
  return items
}

function matchItem(
  entry: ProductEntry,
  variant: string,
  account: Account,
  view: AccountView,
  code: string | undefined,
): MatchItem {
  const item = itemContext(entry, variant, view)
  const own = entry.variants[variant]?.facts?.value.barcodes ?? []
  // A product's barcode means its only variant; of several it means none.
  const shared = own.length > 0 || Object.keys(entry.variants).length > 1 ? [] : (entry.facts?.value.barcodes ?? [])
  return {
    itemId: itemId(entry.id, variant),
    name: item.offer.name,
    article: item.offer.article,
    wanted: account.wantedOfferIds(item),
    barcodes: [...new Set([...own, ...shared])].filter((barcode) => barcode !== ''),
    code: code === undefined ? '' : ifKnown(() => item.property(code) || item.requisite(code), '').trim(),
    selected: ifKnown(() => account.selects(item), false),
  }
}

/** What cannot be told of one item leads nowhere; the report of the looks says why. */
function ifKnown<T>(ask: () => T, otherwise: T): T {
  try {
    return ask()
  } catch (error) {
    if (error instanceof MissingValue || error instanceof UnusableValue) return otherwise
    throw error
  }
}

/** Fault of an expression of the account that names what 1C does not have: its values would be taken for empty ones. */
export async function unknownNameOf(account: Account): Promise<ObmenError | undefined> {
  // Warehouses matter for stocks only.
  const names = account.names().filter(({ kind }) => kind !== 'warehouse')
  const [unknown] = unknownNames(names, await account.parts.catalogue.dictionary())
  if (unknown === undefined) return undefined
  const { used, suggestion } = unknown
  const meant = suggestion === undefined ? '' : `; did you mean "${suggestion}"?`
  return new ObmenError(
    'config',
    'look.unknown_name',
    `reading the items of ${account.name}: 1C has no ${used.kind} "${used.name}"${meant}`,
    { place: used.place, remedy: 'Mend the expression, or let 1C export what it names.' },
  )
}

function checkCode(code: string, dictionary: Dictionary): void {
  const known = [...dictionary.names('property'), ...dictionary.names('requisite')]
  if (known.includes(code)) return
  const meant = didYouMean(code, known)
  const hint = meant === undefined ? `it has ${known.join(', ')}` : `did you mean "${meant}"?`
  const message = `matching by "${code}": 1C has no property or requisite of this name; ${hint}`
  throw new ObmenError('config', 'match.unknown_code', message)
}

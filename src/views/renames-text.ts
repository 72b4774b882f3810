import type { Rename } from '../pipeline/renames.ts'
import { columns } from './columns.ts'

/** Renames that an account's identity proposes, by account; "" when there is none. */
export function renamesText(renames: readonly Rename[]): string {
  const accounts = [...new Set(renames.map(({ account }) => account))]
  return accounts.map((name) => accountText(name, renames)).join('\n')
}

function accountText(account: string, all: readonly Rename[]): string {
  const renames = all.filter((each) => each.account === account)
  const rows = renames.map(({ offerId, wanted, name, owner }) => {
    return [offerId, wanted, name, owner === undefined ? '' : `${wanted} belongs to ${owner}`]
  })
  const title = `identity of ${account}: ${renames.length} renamed in 1C; their cards keep their names`
  const remedy = `rename the cards at the marketplace, then "obmen match ${account}" finds them`
  return `${title}: ${remedy}\n${columns([['CARD', 'WANTED', 'NAME', 'IN THE WAY'], ...rows])}`
}

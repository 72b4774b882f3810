import type { AccountConfig, Config } from '../config/model.ts'
import { didYouMean } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'

/** The account that a command names. `doing` opens the message. @throws ObmenError config `account.unknown` */
export function accountNamed(config: Config, name: string, doing: string): AccountConfig {
  const account = config.accounts.get(name)
  if (account !== undefined) return account
  const meant = didYouMean(name, config.accounts.keys())
  const hint = meant === undefined ? `it has ${[...config.accounts.keys()].join(', ')}` : `did you mean ${meant}?`
  throw new ObmenError('config', 'account.unknown', `${doing} ${name}: there is no such account; ${hint}`)
}

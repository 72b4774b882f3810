import { permissionDenied, unauthenticated } from './errors.ts'
import { accountOf, type Account, type World } from './state.ts'

/** The headers of a request that say who calls. */
export interface Credentials {
  readonly clientId: string | undefined
  readonly apiKey: string | undefined
}

/**
 * The account that calls. Any positive whole Client-Id with any key is one, unless the control API set rules for its key.
 * @throws ApiError 401 code 16
 */
export function authenticate(world: World, { clientId, apiKey }: Credentials): Account {
  if (!clientId || !apiKey) throw unauthenticated('Client-Id and Api-Key headers are required')
  if (!/^[1-9]\d{0,15}$/.test(clientId)) {
    throw unauthenticated('Client-Id header value should be positive integer')
  }
  const account = accountOf(world, clientId)
  if (account.key.apiKey !== undefined && account.key.apiKey !== apiKey) {
    throw unauthenticated('Invalid Api-Key, please check the key and try again')
  }
  if (account.key.deactivated === true || account.keyExpiresAt <= world.clock.now()) {
    throw unauthenticated('Api-key is deactivated, use another one or generate a new one')
  }
  return account
}

/** Refuses a method that the key has no role for. @throws ApiError 403 code 7 */
export function authorize(account: Account, path: string): void {
  // Every key may ask what it may do.
  if (path === '/v1/roles' || account.key.methods === undefined || account.key.methods.includes(path)) return
  throw permissionDenied('Api-Key is missing a required role for a method')
}

import * as notices from '../views/notices.ts'
import { placeOfStore } from './open-store.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/**
 * Looks at the start whether the catalogue of an exchange was lost: the store says so, or it is empty although articles
 * of its items were given. Nothing is concluded from what is not there; a person hears of it, and the next full export
 * fills it again.
 */
export async function recoverCatalogue(exchange: ExchangeRuntime, runtime: Runtime): Promise<void> {
  const { store, notifier, clock, accounts } = runtime
  const { catalogue, config } = exchange
  const wasFilled = [...accounts.values()].some(
    ({ parts }) => parts.config.exchange === config.name && !isEmpty(parts.identity.pairs()),
  )
  const marked = await store.mark(`catalogue.${config.name}`)
  if (marked !== 'lost' && !(wasFilled && (await catalogue.count()) === 0)) return
  await catalogue.startAnew(clock.now())
  await notifier.raise(lostCatalogue(exchange, runtime))
}

/** A full export filled the catalogue: what was lost is there again. */
export async function tellRecovered(exchange: ExchangeRuntime, runtime: Runtime): Promise<void> {
  await runtime.notifier.resolve(lostCatalogue(exchange, runtime).cause, 'Пришла полная выгрузка, каталог заполнен.')
}

function lostCatalogue({ config }: ExchangeRuntime, runtime: Runtime) {
  return notices.namespaceLost({ namespaces: [`catalogue.${config.name}`], where: placeOfStore(runtime.config) })
}

function isEmpty(pairs: Iterable<unknown>): boolean {
  for (const _ of pairs) return false
  return true
}

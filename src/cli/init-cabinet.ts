import { askWarehouses, faultOfClientId } from '../app/ask-cabinet.ts'
import { ObmenError } from '../core/errors.ts'
import type { MarketplaceWarehouse } from '../core/marketplace.ts'
import { UNKNOWN_WAREHOUSE, type WarehouseChoice } from '../views/first-project/choices.ts'
import {
  statesStocks,
  stockedWarehouses,
  suggestWarehouses,
  warehouseNames,
  writtenNames,
} from '../views/first-project/suggest.ts'
import type { Survey } from '../views/survey.ts'
import { secretOf, warehousesOf, wrongFlag, type Choosing } from './init-flags.ts'

/** A key of a cabinet, and what the cabinet says. */
export interface Cabinet {
  readonly clientId?: string | undefined
  readonly apiKey?: string | undefined
  /** Undefined when the cabinet was not asked. */
  readonly cabinet?: readonly MarketplaceWarehouse[]
}

/**
 * The key, by option or question, tried at once. @throws ObmenError config; as the connector when nobody is there to ask
 * for another key
 */
export async function chooseCabinet(choosing: Choosing): Promise<Cabinet> {
  const { flags, env, ask, say, signal } = choosing
  let clientId = flags.clientId ?? (env['OZON_CLIENT_ID'] === '' ? undefined : env['OZON_CLIENT_ID'])
  let apiKey = secretOf(flags.apiKey, flags.apiKeyFile, env['OZON_API_KEY'])
  const fault = clientId === undefined ? undefined : faultOfClientId(clientId)
  if (fault !== undefined) throw wrongFlag('client_id', `reading the Client-Id "${clientId}"`, fault)
  for (;;) {
    if (clientId === undefined && ask !== undefined) {
      const answer = await ask.text({
        text: 'Client-Id кабинета Ozon (Настройки → API-ключи; пусто — впишете в .env позже)',
        fallback: '',
        check: faultOfClientId,
      })
      if (answer !== '') clientId = answer
    }
    if (clientId !== undefined && apiKey === undefined && ask !== undefined) {
      const answer = await ask.secret({ text: 'Api-Key (не показывается; пусто — впишете в .env позже)', fallback: '' })
      if (answer !== '') apiKey = answer
    }
    if (clientId === undefined || apiKey === undefined) return { clientId, apiKey }
    try {
      say('Спрашиваю склады у Ozon…\n')
      return { clientId, apiKey, cabinet: await askWarehouses({ clientId, apiKey, baseUrl: flags.baseUrl }, signal) }
    } catch (error) {
      if (!(error instanceof ObmenError)) throw error
      if (error.kind === 'transient') {
        say(`Ozon не ответил (${error.message}); склад кабинета впишете сами.\n`)
        return { clientId, apiKey }
      }
      if (ask === undefined) throw error
      ask.say(`  Ozon не принял ключ: ${error.message}\n`)
      clientId = undefined
      apiKey = undefined
    }
  }
}

/** Which warehouses of 1C feed which of the cabinet. @throws ObmenError config for options that name others */
export async function chooseWarehouses(
  { flags, ask }: Choosing,
  survey: Survey,
  cabinet: readonly MarketplaceWarehouse[] | undefined,
): Promise<readonly WarehouseChoice[]> {
  const names = cabinet === undefined ? undefined : writtenNames(cabinet)
  if (flags.warehouse !== undefined) return warehousesOf(flags.warehouse, survey, names)
  if (!statesStocks(survey)) return []
  const own = warehouseNames(survey)
  if (cabinet === undefined || names === undefined || names.length === 0) {
    return [{ name: UNKNOWN_WAREHOUSE, from: stockedWarehouses(survey) }]
  }
  const suggested = suggestWarehouses(survey, cabinet)
  if (ask === undefined || own.length === 0) return suggested
  ask.say(`Склады 1С:\n${own.map((name, i) => `  ${i + 1}  ${name}\n`).join('')}`)
  const chosen: WarehouseChoice[] = []
  const used = new Set<string>()
  for (const name of names) {
    const usual = suggested.find((each) => each.name === name)?.from.filter((each) => !used.has(each)) ?? []
    const numbers = usual.map((each) => own.indexOf(each) + 1).join(' ')
    const answer = await ask.text({
      text: `Склад Ozon «${name}»: номера складов 1С через пробел, 0 — не торговать с него`,
      fallback: numbers === '' ? '0' : numbers,
      check: (text) => faultOfNumbers(text, own, used),
    })
    const from = numbersIn(answer).flatMap((number) => own[number - 1] ?? [])
    for (const each of from) used.add(each)
    if (from.length > 0) chosen.push({ name, from })
  }
  return chosen
}

function numbersIn(text: string): number[] {
  return [...new Set(text.split(/[\s,;]+/).filter((word) => word !== ''))].map(Number)
}

function faultOfNumbers(text: string, own: readonly string[], used: ReadonlySet<string>): string | undefined {
  const numbers = numbersIn(text)
  const isNumber = (number: number): boolean => Number.isInteger(number) && number >= 0 && number <= own.length
  if (!numbers.every(isNumber)) return `числа от 0 до ${own.length} через пробел`
  const twice = numbers.map((number) => own[number - 1] ?? '').find((name) => used.has(name))
  return twice === undefined ? undefined : `«${twice}» уже отдан другому складу Ozon: штуки продались бы дважды`
}

import { isAbort, type ObmenError } from '../core/errors.ts'
import type { Notifier } from '../core/notice.ts'
import type { Account } from '../pipeline/account.ts'
import * as notices from '../views/notices.ts'
import * as serviceNotices from '../views/service-notices.ts'
import type { Runtime } from './runtime.ts'

/** True when the marketplace refused the key of the account. */
export function isUnauthorized(fault: ObmenError): boolean {
  return fault.code.endsWith('.unauthorized')
}

/** True when the marketplace switched the method off. */
export function isSwitchedOff(fault: ObmenError): boolean {
  return fault.code.endsWith('.method_switched_off')
}

/**
 * Tells people that the marketplace refused an account's key, one of its rights, or a method: one cause each, whichever
 * part of the service met it first. False when the fault is of another kind, and nobody was told.
 */
export async function tellRefusal(
  account: Account,
  fault: ObmenError,
  { notifier }: { readonly notifier: Notifier },
  signal: AbortSignal,
): Promise<boolean> {
  const { name, parts } = account
  const shown = { account: name, marketplace: parts.connector.title, message: fault.message }
  if (isUnauthorized(fault)) {
    const missing = await missingMethods(account, signal)
    // A sound key that lacks a right is another matter than a dead one: the mail names the right.
    await notifier.raise(
      missing?.includes(methodOf(fault) ?? '') === true
        ? serviceNotices.methodsMissing({ ...shown, methods: missing })
        : notices.accountUnauthorized(shown),
    )
    return true
  }
  if (!isSwitchedOff(fault)) return false
  await notifier.raise(notices.methodSwitchedOff({ ...shown, method: methodOf(fault) ?? '' }))
  return true
}

/** True when the marketplace takes the key again, also for the method that it refused. A dead line is no yes. */
export async function isAuthorizedAgain(account: Account, fault: ObmenError, signal: AbortSignal): Promise<boolean> {
  const missing = await missingMethods(account, signal)
  return missing !== undefined && !missing.includes(methodOf(fault) ?? '')
}

/** Tells once that the key of an account is taken again; no effect when nobody was told of a refusal. */
export async function tellAuthorized(account: Account, { notifier }: Runtime): Promise<void> {
  const refused = { account: account.name, marketplace: account.parts.connector.title, message: '' }
  await notifier.resolve(notices.accountUnauthorized(refused).cause, 'Ключ снова принят, отправка продолжается.')
}

/** Methods that the key may not call; undefined when it is refused altogether or nobody answers. */
async function missingMethods(account: Account, signal: AbortSignal): Promise<readonly string[] | undefined> {
  try {
    return (await account.parts.connector.check(signal)).missingMethods
  } catch (error) {
    if (signal.aborted || isAbort(error)) throw error
    return undefined
  }
}

function methodOf(fault: ObmenError): string | undefined {
  const method = fault.details?.['method']
  return typeof method === 'string' ? method : undefined
}

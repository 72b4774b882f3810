import { ObmenError } from '../../core/errors.ts'
import type { Outcome, WriteItem } from '../../core/marketplace.ts'
import { sentOf } from '../../http/failure.ts'
import { BISECT_REQUESTS, NOT_READY_WAIT_MS } from './limits.ts'

/** Sends some items in one request; an outcome for each. */
export type Send<V> = (items: readonly WriteItem<V>[]) => Promise<readonly Outcome[]>

/**
 * Writes a batch. Two items that mean the same thing at Ozon: the first is sent, the other rejected. Ozon validates a
 * request as a whole and then takes nothing of it: such a batch is halved until the refused items are found.
 * @throws whatever the request for the whole batch throws; later failures become outcomes, so that what is known is kept
 */
export async function writeBatch<V>(
  items: readonly WriteItem<V>[],
  maxBatch: number,
  identify: (item: WriteItem<V>) => string,
  send: Send<V>,
): Promise<readonly Outcome[]> {
  if (items.length > maxBatch) {
    throw new ObmenError(
      'fatal',
      'ozon.batch_too_large',
      `writing to Ozon: ${items.length} items in one request, ${maxBatch} allowed`,
      {
        details: { sent: 'no' },
        remedy: 'Report it to the makers of Obmen.',
      },
    )
  }
  const { unique, doubled } = split(items, identify)
  if (unique.length === 0) return []
  try {
    return [...(await send(unique)), ...doubled]
  } catch (error) {
    if (!isRefusal(error)) throw error
    return [...(await findRefused(unique, error, send)), ...doubled]
  }
}

async function findRefused<V>(items: readonly WriteItem<V>[], first: ObmenError, send: Send<V>): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  let left = BISECT_REQUESTS
  let stopped: ObmenError | undefined

  const halve = async (part: readonly WriteItem<V>[], refusal: ObmenError): Promise<void> => {
    const [only] = part
    if (part.length === 1 && only !== undefined) {
      outcomes.push({ key: only.key, state: 'rejected', reason: reasonOf(refusal) })
      return
    }
    const middle = Math.ceil(part.length / 2)
    await attempt(part.slice(0, middle), refusal)
    await attempt(part.slice(middle), refusal)
  }

  const attempt = async (part: readonly WriteItem<V>[], refusal: ObmenError): Promise<void> => {
    if (stopped !== undefined || left === 0) {
      outcomes.push(...part.map((item) => putOff(item.key, stopped ?? refusal)))
      return
    }
    left--
    try {
      outcomes.push(...(await send(part)))
    } catch (error) {
      if (isRefusal(error)) {
        await halve(part, error)
        return
      }
      if (!(error instanceof ObmenError) || error.kind !== 'transient') throw error
      stopped = error
      outcomes.push(
        ...part.map((item) => (sentOf(error) === 'no' ? putOff(item.key, error) : notKnown(item.key, error))),
      )
    }
  }

  await halve(items, first)
  return outcomes
}

function isRefusal(error: unknown): error is ObmenError {
  return error instanceof ObmenError && error.code === 'ozon.refused'
}

/** Ozon's words about the request that held this item alone. */
function reasonOf(refusal: ObmenError): { readonly code: string; readonly message: string } {
  const said = refusal.details?.['message']
  return { code: 'ozon.refused', message: typeof said === 'string' && said !== '' ? said : refusal.message }
}

function putOff(key: string, why: ObmenError): Outcome {
  const reason = { code: why.code, message: why.message }
  return { key, state: 'waiting', reason, retryAfterMs: why.retryAfterMs ?? NOT_READY_WAIT_MS }
}

function notKnown(key: string, why: ObmenError): Outcome {
  return { key, state: 'unknown', reason: { code: why.code, message: why.message } }
}

function split<V>(
  items: readonly WriteItem<V>[],
  identify: (item: WriteItem<V>) => string,
): { readonly unique: readonly WriteItem<V>[]; readonly doubled: readonly Outcome[] } {
  const unique = new Map<string, WriteItem<V>>()
  const doubled: Outcome[] = []
  for (const item of items) {
    const owner = unique.get(identify(item))
    if (owner === undefined) unique.set(identify(item), item)
    else {
      const message = `${item.offerId} is already written for ${owner.itemId} in the same batch`
      const params = { offerId: item.offerId, owner: owner.itemId }
      doubled.push({ key: item.key, state: 'rejected', reason: { code: 'ozon.doubled', message, params } })
    }
  }
  return { unique: [...unique.values()], doubled }
}

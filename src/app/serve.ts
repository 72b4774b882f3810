import { isAbort, ObmenError } from '../core/errors.ts'
import { Service, type ServiceOptions } from './service.ts'

/** How long to wait before a store that is away is tried again, clock milliseconds. */
const TRY_AGAIN = 5_000

/**
 * Runs the service until `stop` is aborted. When its store was emptied or set back under it, the service is opened anew:
 * that is a cold start, and nothing is sent before it was read back.
 *
 * @throws ObmenError as {@link Service.open}; fatal `state.taken` when another Obmen took the store over
 */
export async function serve(
  options: ServiceOptions,
  stop: AbortSignal,
  onOpen: (service: Service) => Promise<void>,
): Promise<void> {
  let service: Service | undefined = await Service.open(options)
  while (service !== undefined) {
    let gone: ObmenError | undefined
    try {
      await onOpen(service)
      service.start()
      gone = await Promise.race([service.storeGone, aborted(stop)])
    } finally {
      await service.close()
    }
    if (gone === undefined) return
    if (gone.code === 'state.taken') throw gone
    options.log.error({ code: gone.code, err: gone }, 'the service is opened anew')
    service = await reopen(options, stop)
  }
}

/** Undefined when the service is to stop before the store is there again. */
async function reopen(options: ServiceOptions, stop: AbortSignal): Promise<Service | undefined> {
  for (;;) {
    try {
      return await Service.open(options)
    } catch (error) {
      if (!(error instanceof ObmenError) || error.kind !== 'transient') throw error
      options.log.error({ code: error.code, err: error }, 'the store is still away')
    }
    try {
      await options.clock.sleep(TRY_AGAIN, stop)
    } catch (error) {
      if (isAbort(error)) return undefined
      throw error
    }
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

import type { Clock } from '../../core/clock.ts'
import { canonicalDecimal } from '../../core/decimal.ts'
import { ObmenError } from '../../core/errors.ts'
import type { OrderSource } from '../../core/marketplace.ts'
import type { Posting } from '../../core/order.ts'
import type { OzonApi } from './api.ts'
import {
  CUTOFF_AHEAD_MS,
  CUTOFF_BEHIND_MS,
  LANES,
  METHODS,
  POSTING_PAGE,
  POSTING_PERIOD_MS,
  type Method,
} from './limits.ts'
import { nextOf, pages } from './paging.ts'
import { posting as postingSchema, postingsAnswer, type OzonPosting } from './schema.ts'

/** Statuses after the parcel has left the seller. `not_accepted` is none: it came back to be handed over again. */
const HANDED = new Set([
  'delivering',
  'driver_pickup',
  'delivered',
  'sent_by_seller',
  'arbitration',
  'client_arbitration',
])
const CANCELLED = new Set(['cancelled', 'cancelled_from_split_pending'])

/** Our clock may be behind Ozon's; what changed just now must not fall out of the period. */
const AHEAD_MS = 3_600_000

/**
 * FBS postings: all unfulfilled, then all changed since (else a cancellation would never be seen).
 * @throws ObmenError transient `ozon.unreadable_posting` after everything readable was given
 */
export function createOrderSource(api: OzonApi, account: string, clock: Clock): OrderSource {
  return {
    async *read(since, signal) {
      const now = clock.now()
      const unreadable: string[] = []
      yield* list(METHODS.unfulfilled, {
        filter: { cutoff_from: iso(now - CUTOFF_BEHIND_MS), cutoff_to: iso(now + CUTOFF_AHEAD_MS) },
      })
      yield* list(METHODS.postings, {
        filter: {
          // The period of creation; the wide one, for an old posting may change today.
          since: iso(now - POSTING_PERIOD_MS),
          to: iso(now + AHEAD_MS),
          last_changed_status_date: { from: iso(Math.max(since, now - POSTING_PERIOD_MS)), to: iso(now + AHEAD_MS) },
        },
      })
      if (unreadable.length > 0) throw cannotRead(unreadable)

      async function* list(method: Method, query: object): AsyncGenerator<readonly Posting[]> {
        const postings = pages(method, async (cursor) => {
          const answer = await api.read({
            method,
            body: { ...query, limit: POSTING_PAGE, sort_dir: 'ASC', cursor },
            schema: postingsAnswer,
            lane: LANES.orders,
            signal,
          })
          return { rows: answer.postings, ...nextOf(answer) }
        })
        for await (const rows of postings) {
          const read = readPostings(rows, account, now)
          unreadable.push(...read.unreadable)
          if (read.postings.length > 0) yield read.postings
        }
      }
    },
  }
}

function readPostings(
  rows: readonly unknown[],
  account: string,
  now: number,
): { readonly postings: readonly Posting[]; readonly unreadable: readonly string[] } {
  const postings: Posting[] = []
  const unreadable: string[] = []
  for (const row of rows) {
    const parsed = postingSchema.safeParse(row)
    if (parsed.success) postings.push(toPosting(parsed.data, account, now))
    else {
      const number = (row as { posting_number?: unknown } | null)?.posting_number
      const issue = parsed.error.issues[0]
      unreadable.push(`${typeof number === 'string' ? number : '?'} (${issue?.path.join('.')}: ${issue?.message})`)
    }
  }
  return { postings, unreadable }
}

/** A posting in our words. `now` stands in for a date only where Ozon states none at all. */
function toPosting(ozon: OzonPosting, account: string, now: number): Posting {
  const shipBy = ozon.shipment_date_without_delay ?? ozon.shipment_date
  return {
    account,
    number: ozon.posting_number,
    status: ozon.status,
    phase: phaseOf(ozon.status),
    placedAt: ozon.in_process_at ?? shipBy ?? now,
    ...(shipBy === undefined ? {} : { shipBy }),
    warehouseId: ozon.delivery_method?.warehouse_id ?? '',
    warehouseName: ozon.delivery_method?.warehouse ?? '',
    lines: ozon.products.map((line) => ({
      offerId: line.offer_id,
      name: line.name,
      quantity: line.quantity,
      price: canonicalDecimal(line.price.amount),
      currency: line.price.currency === '' ? 'RUB' : line.price.currency,
    })),
  }
}

/** Where a posting is on its way. A status we do not know is open: better an order too many in sight than one lost. */
export function phaseOf(status: string): Posting['phase'] {
  if (CANCELLED.has(status)) return 'cancelled'
  return HANDED.has(status) ? 'handed' : 'open'
}

function cannotRead(unreadable: readonly string[]): ObmenError {
  return new ObmenError(
    'transient',
    'ozon.unreadable_posting',
    `reading postings of Ozon: ${unreadable.length} have an unknown shape: ${unreadable.slice(0, 5).join(', ')}`,
    {
      details: { count: unreadable.length },
      remedy:
        'Enter these postings in 1C by hand and install a newer version of Obmen: Ozon changed the shape of postings.',
    },
  )
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}

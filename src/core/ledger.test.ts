import { describe, expect, test } from 'vitest'
import {
  itemOfKey,
  ledgerKey,
  unsureAfter,
  verdict,
  type Accepted,
  type Attempt,
  type AttemptState,
  type LedgerEntry,
  type Verdict,
} from './ledger.ts'

const NOW = 1_000_000
const LATER = NOW + 1
const SEND: Verdict = { send: true }
const STAY: Verdict = { send: false }
const WAIT: Verdict = { send: false, due: LATER }

const accepted = (fingerprint: string, until?: number): Accepted<unknown> => ({
  value: fingerprint,
  fingerprint,
  since: 0,
  ...(until === undefined ? {} : { until }),
})
const attempt = (state: AttemptState, fingerprint: string, extra: Partial<Attempt> = {}): Attempt => ({
  n: 1,
  fingerprint,
  state,
  tries: 0,
  at: 0,
  ...extra,
})
const entry = (parts: Pick<LedgerEntry, 'accepted' | 'attempt'>): LedgerEntry => ({ itemId: 'i', ...parts })

/** What is wanted is always `new`; `old` is what was accepted before. */
const table: readonly (readonly [what: string, entry: LedgerEntry | undefined, wanted: Verdict])[] = [
  ['nothing is known of the item', undefined, SEND],
  ['the value was accepted', entry({ accepted: accepted('new') }), STAY],
  ['another value was accepted', entry({ accepted: accepted('old') }), SEND],
  ['the accepted value holds for a while yet', entry({ accepted: accepted('new', LATER) }), STAY],
  ['the accepted value has run out', entry({ accepted: accepted('new', NOW) }), SEND],

  ['a request was on its way', entry({ accepted: accepted('new'), attempt: attempt('sending', 'new') }), SEND],
  ['another was on its way', entry({ accepted: accepted('new'), attempt: attempt('sending', 'old') }), SEND],
  ['the answer was lost', entry({ accepted: accepted('new'), attempt: attempt('unknown', 'old') }), SEND],
  [
    'the answer was lost and the time has not come',
    entry({ accepted: accepted('new'), attempt: attempt('unknown', 'old', { due: LATER }) }),
    WAIT,
  ],
  [
    'the answer was lost and the time has come',
    entry({ accepted: accepted('new'), attempt: attempt('unknown', 'old', { due: NOW }) }),
    SEND,
  ],
  ['another value is pending', entry({ accepted: accepted('new'), attempt: attempt('pending', 'old') }), SEND],
  ['this value is pending', entry({ accepted: accepted('old'), attempt: attempt('pending', 'new') }), STAY],

  ['this value was refused', entry({ accepted: accepted('old'), attempt: attempt('rejected', 'new') }), STAY],
  ['this first value was refused', entry({ attempt: attempt('rejected', 'new') }), STAY],
  ['another value was refused', entry({ accepted: accepted('old'), attempt: attempt('rejected', 'other') }), SEND],
  [
    'another value was refused after this one was accepted',
    entry({ accepted: accepted('new'), attempt: attempt('rejected', 'other') }),
    STAY,
  ],
  [
    'this value was refused, to be tried again later',
    entry({ attempt: attempt('rejected', 'new', { due: LATER }) }),
    STAY,
  ],
  ['this value was refused, to be tried now', entry({ attempt: attempt('rejected', 'new', { due: NOW }) }), SEND],
  [
    'this value was refused when the accepted one ran out',
    entry({ accepted: accepted('new', NOW), attempt: attempt('rejected', 'new') }),
    STAY,
  ],

  ['this value is held', entry({ accepted: accepted('old'), attempt: attempt('held', 'new') }), STAY],
  ['another value is held', entry({ accepted: accepted('old'), attempt: attempt('held', 'other') }), SEND],
  ['this value waits', entry({ accepted: accepted('old'), attempt: attempt('waiting', 'new', { due: LATER }) }), WAIT],
  ['this value waited', entry({ accepted: accepted('old'), attempt: attempt('waiting', 'new', { due: NOW }) }), SEND],
  [
    'another value waits',
    entry({ accepted: accepted('old'), attempt: attempt('waiting', 'other', { due: LATER }) }),
    SEND,
  ],

  [
    'this value was accepted, then another may have arrived and a third was held',
    entry({ accepted: accepted('new'), attempt: attempt('held', 'third', { unsure: true }) }),
    SEND,
  ],
  [
    'the same, the third was refused',
    entry({ accepted: accepted('new'), attempt: attempt('rejected', 'third', { unsure: true }) }),
    SEND,
  ],
  [
    'the same, the third waits',
    entry({ accepted: accepted('new'), attempt: attempt('waiting', 'third', { unsure: true, due: LATER }) }),
    SEND,
  ],
]

test.each(table)('what diff decides when %s', (_, known, wanted) => {
  expect(verdict(known, 'new', NOW)).toEqual(wanted)
})

describe('after an attempt the marketplace’s value is not known', () => {
  const states: readonly (readonly [AttemptState, boolean])[] = [
    ['sending', true],
    ['unknown', true],
    ['pending', true],
    ['rejected', false],
    ['held', false],
    ['waiting', false],
  ]
  test.each(states)('%s: %s', (state, unsure) => {
    expect(unsureAfter(attempt(state, 'x'))).toEqual(unsure ? { unsure: true } : {})
    expect(unsureAfter(attempt(state, 'x', { unsure: true }))).toEqual({ unsure: true })
  })

  test('without an attempt it is known', () => {
    expect(unsureAfter(undefined)).toEqual({})
  })
})

test('a ledger key gives its item back, with a warehouse and without', () => {
  expect(ledgerKey('p#v')).toBe('p#v')
  expect(ledgerKey('p#v', '100')).toBe('p#v\n100')
  expect(itemOfKey('p#v')).toBe('p#v')
  expect(itemOfKey('p#v\n100')).toBe('p#v')
})

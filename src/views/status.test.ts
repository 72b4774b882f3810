import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { statusText } from './status-text.ts'
import type { PipelineStatus, Status } from './status.ts'
import { troublesOf } from './troubles.ts'

const NOW = Date.UTC(2026, 10, 23, 11, 0, 30)
const MINUTE = 60_000
const DAY = 86_400_000

const PRICES: PipelineStatus = {
  name: 'ozon-prices',
  account: 'ozon-main',
  aspect: 'prices',
  plan: { zero: 0, stocks: 0, 'price-up': 2, prices: 1, cards: 0 },
  due: { now: 2, next: NOW + 45_000 },
  waitingSince: NOW - MINUTE,
  fresh: 10 * MINUTE,
  lastChange: { seenAt: NOW - 20_000, plannedAt: NOW - 17_000 },
  population: 21,
  orphans: 1,
  lastLook: { at: NOW - 17_000, items: 27, planned: 3, held: {}, rejected: { 'item.no_price': 1 } },
}

const HEALTHY: Status = {
  now: NOW,
  timezone: 'Europe/Moscow',
  service: {
    at: NOW - 3_000,
    pid: 4711,
    running: true,
    config: { inForce: { version: 'a1b2c3', since: NOW - DAY } },
    accounts: [
      {
        name: 'ozon-main',
        marketplace: 'Ozon',
        approved: true,
        health: { state: 'up' },
        limits: [
          { limit: 40, perMs: 1_000, free: 40 },
          { limit: 80, perMs: 60_000, free: 17, method: '/v2/products/stocks' },
        ],
        warehouses: ['FBS Москва'],
      },
    ],
    pipelines: [PRICES],
    orders: [{ pipeline: 'ozon-orders', account: 'ozon-main', lastRead: NOW - 20_000 }],
    mailsWaiting: 0,
  },
  exchanges: [
    {
      name: 'main',
      products: 12,
      newestStamp: NOW - 30_000,
      newestFile: 'webdata/offers0_1.xml',
      lastAppliedAt: NOW - 19_000,
      fullStamp: NOW - 2 * 3_600_000,
      lastRun: { stamp: NOW - 30_000, lastFileAt: NOW - 20_000, is: 'delta' },
      runsEvery: 10 * MINUTE,
      orders: { open: 2, waiting: 1, stuck: 0, cancelled: 0 },
      quarantined: 0,
      inboxes: [],
    },
  ],
  accounts: [{ name: 'ozon-main', exchange: 'main', approved: true, keyExpiresAt: NOW + 70 * DAY }],
  ledgers: [
    {
      account: 'ozon-main',
      aspect: 'prices',
      accepted: 21,
      newestAccepted: NOW - 11_000,
      attempts: { rejected: 3, waiting: 1 },
      codes: { rejected: { 'ozon.NOT_FOUND': 2, 'ozon.price_limit': 1 } },
      rejected: { 'item.no_price': 1 },
    },
  ],
}

it('tells who is well, the three times apart, what waits and why', () => {
  expect(troublesOf(HEALTHY)).toEqual([])
  expect(statusText(HEALTHY)).toBe(`healthy

service: running, pid 4711, status of 2026-11-23 14:00:27 (3 s ago)
configuration: version a1b2c3 in force since 2026-11-22 14:00:30 (24 h ago)

exchange main: 12 products
  data of 1C from 2026-11-23 14:00:00 (30 s ago), webdata/offers0_1.xml
  last run changes only, its last file seen 2026-11-23 14:00:10 (20 s ago); a run about every 10 min
  last file applied 2026-11-23 14:00:11 (19 s ago), last full set from 2026-11-23 12:00:30 (2 h ago)
  orders: 2 open, 1 not yet presented to 1C, 0 stuck, 0 cancelled and not ticked off

account ozon-main (Ozon): approved; up
  key valid until 01.02.2027 14:00 (in 70 d)
  requests left: 40 of 40/s, 17 of 80/min for /v2/products/stocks
  ozon-prices: looked 2026-11-23 14:00:13 (17 s ago), 27 items; waiting to be sent: price-up 2, prices 1; 2 due now, the next in 45 s
    data of 1C from 2026-11-23 14:00:00 (a run about every 10 min) · ours 3 s · Ozon accepted 2026-11-23 14:00:19
    promised within 10 min: kept, values wait since 2026-11-23 13:59:30 (60 s ago)
    accepted 21; attempts: rejected 3 (ozon.NOT_FOUND 2, ozon.price_limit 1), waiting 1
    rejected by the mapping: item.no_price 1
    orphans (known to the marketplace, not to 1C): 1
  ozon-orders: postings read 2026-11-23 14:00:10 (20 s ago)
`)
})

it('puts everything that needs somebody on top', () => {
  const [exchange] = HEALTHY.exchanges
  const [ledger] = HEALTHY.ledgers
  const [account] = HEALTHY.accounts
  const service = HEALTHY.service as NonNullable<Status['service']>
  const ill: Status = {
    ...HEALTHY,
    service: {
      ...service,
      config: {
        inForce: { version: 'a1b2c3', since: NOW - 30 * DAY },
        refused: { version: 'd4e5f6', since: NOW - MINUTE, findings: ['pipelines/x.yaml:1:1 error x'], more: 2 },
      },
      accounts: service.accounts.map((each) => ({
        ...each,
        health: { state: 'down', reason: 'Ozon answered 503', since: NOW - 20 * MINUTE },
      })),
      pipelines: [{ ...PRICES, waitingSince: NOW - 15 * MINUTE, stopped: 'ozon.method_switched_off: off' }],
      mailsWaiting: 4,
    },
    exchanges: [
      {
        ...(exchange as Status['exchanges'][number]),
        silent: { since: NOW - 40 * MINUTE, allowed: 30 * MINUTE },
        orders: { open: 2, waiting: 0, stuck: 1, cancelled: 1 },
        quarantined: 2,
      },
    ],
    accounts: [{ ...(account as Status['accounts'][number]), keyExpiresAt: NOW + 3 * DAY }],
    ledgers: [
      {
        ...(ledger as Status['ledgers'][number]),
        attempts: { held: 5 },
        codes: { held: { 'guard.max_change': 3, 'guard.dropped': 2 } },
      },
    ],
  }

  const lines = statusText(ill).split('\n')

  expect(lines.slice(0, 13)).toEqual([
    'LOOK: 10 things need somebody',
    '  the configuration in the folder is not sound: obmen check',
    '  ozon-main: does not answer for 20 min: Ozon answered 503',
    '  ozon-prices: ozon.method_switched_off: off',
    '  ozon-prices: values wait for 15 min, promised are 10 min',
    '  ozon-main: the key dies 26.11.2026 14:00: put a new one into .env before',
    '  main: 1C is silent for 40 min, since 23.11.2026 13:20; allowed are 30 min',
    '  main: 1 order cannot be given to 1C: obmen orders ls',
    '  main: 1 order to be cancelled in 1C: obmen orders ls',
    '  main: 2 files in quarantine: obmen quarantine ls',
    '  ozon-prices: 3 values held: obmen held ls',
    '',
    'service: running, pid 4711, status of 2026-11-23 14:00:27 (3 s ago)',
  ])
  expect(lines).toContain('configuration: version a1b2c3 in force since 2026-10-24 14:00:30 (30 days ago)')
  expect(lines).toContain('mails waiting: 4')
  expect(lines).toContain('  REFUSED: version d4e5f6 in the folder, not sound since 2026-11-23 13:59:30 (60 s ago)')
  expect(lines).toContain('    and 2 more: run "obmen check"')
  expect(lines).toContain('  SILENT since 2026-11-23 13:20:30 (40 min ago)')
  expect(lines).toContain(
    'account ozon-main (Ozon): approved; down since 2026-11-23 13:40:30 (20 min ago) (Ozon answered 503)',
  )
  expect(lines).toContain('    LATE: values wait since 2026-11-23 13:45:30 (15 min ago), promised within 10 min')
})

it('without a service tells from the state, and calls what a service said a thing of the past', () => {
  const service = HEALTHY.service as NonNullable<Status['service']>
  const stopped = { ...service, running: false, pipelines: [{ ...PRICES, stopped: 'x' }] }
  const { service: _, ...never } = HEALTHY

  expect(troublesOf({ ...HEALTHY, service: stopped })).toEqual([
    {
      code: 'service.not_running',
      text: 'no service runs, the last one told of itself 23.11.2026 14:00: obmen start',
    },
  ])
  expect(statusText({ ...HEALTHY, service: stopped })).toContain(
    'account ozon-main (Ozon): approved; no service asks it\n',
  )
  const text = statusText(never)
  expect(text).toContain('LOOK: 1 thing needs somebody\n  no service has run here yet: obmen start\n')
  expect(text).toContain('account ozon-main: approved; no service asks it\n')
  expect(text).toContain('  prices:\n    accepted 21; attempts: rejected 3')
})

it('does not call a short outage, a dead promise of nobody or a new account a trouble', () => {
  const service = HEALTHY.service as NonNullable<Status['service']>
  const { fresh: _, ...unpromised } = PRICES
  const accounts = service.accounts.map((each) => ({
    ...each,
    approved: false,
    health: { state: 'down', reason: 'no connection', since: NOW - MINUTE } as const,
  }))
  const pipelines = [{ ...unpromised, waitingSince: NOW - DAY }]

  expect(troublesOf({ ...HEALTHY, service: { ...service, accounts, pipelines } })).toEqual([])
})

it('has every field and trouble in docs/status.md', () => {
  const docs = readFileSync(new URL('../../docs/status.md', import.meta.url), 'utf8')
  const fieldsOf = (value: unknown): string[] => {
    if (Array.isArray(value)) return value.flatMap(fieldsOf)
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, each]) =>
      /^[a-z][A-Za-z]+$/.test(key) ? [key, ...fieldsOf(each)] : [],
    )
  }
  const code = readFileSync(new URL('./troubles.ts', import.meta.url), 'utf8')
  const troubles = [...code.matchAll(/add\(\s*'([a-z_.]+)'/g)].map((match) => match[1] as string)
  // Lanes, states of attempts and counts of a look are values, not fields.
  const { lastLook: _, plan: __, ...pipeline } = PRICES
  const known = { ...HEALTHY, service: { ...HEALTHY.service, pipelines: [pipeline] }, ledgers: [] }

  const missing = [...new Set([...fieldsOf(known), ...troubles])].filter((name) => !docs.includes(name))

  expect(troubles.length).toBeGreaterThan(15)
  expect(missing).toEqual([])
})

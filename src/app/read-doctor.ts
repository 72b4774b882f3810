import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Config, ExchangeConfig } from '../config/model.ts'
import type { ProductEntry } from '../core/catalogue.ts'
import type { Clock } from '../core/clock.ts'
import { ObmenError } from '../core/errors.ts'
import { isoCurrency } from '../pipeline/currency.ts'
import { lookInside, type Candidate } from '../sources/files/candidates.ts'
import { listQuarantine } from '../sources/files/quarantine.ts'
import { extensionsOf, openerOf, parseOptionsOf } from '../stages/parse/open-file.ts'
import { Catalogue } from '../state/catalogue.ts'
import type { Dictionary } from '../state/dictionary.ts'
import { codeOf, createFiles } from '../state/disk.ts'
import { openLmdbStore } from '../state/open.ts'
import { Sets } from '../state/sets.ts'
import type { Store } from '../state/store.ts'
import { diagnose } from '../views/doctor-findings.ts'
import type { Diagnosis, Examined, ExaminedFull, ExaminedInbox, ExaminedRun } from '../views/doctor.ts'
import { Repeats } from '../views/survey-repeats.ts'
import { surveyBase, type SurveyedTexts } from '../views/survey.ts'
import { readExport } from './read-export.ts'
import { readInboxes, verdictsOf } from './read-sets.ts'
import { readService } from './read-status.ts'
import { withStore } from './read-store.ts'

/** Export runs shown. */
const RUNS = 5

/** A base while it is open: what was found, and its entries once more for a list of goods. */
export interface ExaminedBase {
  readonly diagnosis: Diagnosis
  readonly texts: SurveyedTexts
  readonly dictionary: Dictionary
  /** Entries in the order of their ids, read again. */
  entries(): AsyncIterable<readonly ProductEntry[]>
}

/** What is examined. */
export interface ExamineOptions {
  readonly config: Config
  readonly exchange: string
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told the name of each file in an inbox before it is read. */
  readonly onFile?: (name: string) => void
}

/**
 * Examines what an exchange has dropped so far: the state that the service keeps, beside it or without it; before it ever
 * ran, the files that lie in the inboxes, which stay as they are.
 *
 * @throws ObmenError config `doctor.unknown_exchange`
 */
export async function examine<T>(options: ExamineOptions, use: (base: ExaminedBase) => Promise<T>): Promise<T> {
  const { config, clock, signal, onFile } = options
  const exchange = config.exchanges.get(options.exchange)
  if (exchange === undefined) throw unknownExchange(options.exchange, config)
  const looks = await Promise.all(exchange.inboxes.map((inbox) => lookIntoInbox(inbox, exchange, config)))
  const lies = looks.some(({ candidates }) => candidates.length > 0)
  const subject = { config, exchange, clock, looks, onFile, unread: [] }
  const kept = await withStore(config, async (store) => {
    const isEmpty = (await new Catalogue(store, exchange.name).count()) === 0
    // A service that has applied nothing yet knows less than the files that lie there.
    if (isEmpty && lies) return undefined
    return { result: await use(await examineStore(store, { ...subject, source: isEmpty ? 'nowhere' : 'state' })) }
  })
  return kept === undefined ? examineFiles(subject, signal, use) : kept.result
}

interface Subject {
  readonly config: Config
  readonly exchange: ExchangeConfig
  readonly clock: Clock
  readonly looks: readonly InboxLook[]
  readonly unread: Examined['unread']
  readonly onFile: ((name: string) => void) | undefined
}

interface InboxLook extends Omit<ExaminedInbox, 'waiting'> {
  readonly candidates: readonly Candidate[]
}

async function lookIntoInbox(inbox: string, exchange: ExchangeConfig, config: Config): Promise<InboxLook> {
  try {
    const { candidates } = await lookInside(inbox, {
      orders: exchange.orders?.file,
      marker: exchange.marker,
      extensions: extensionsIn(config, exchange),
    })
    return { inbox, candidates }
  } catch (error) {
    if (!(error instanceof ObmenError)) throw error
    return { inbox, candidates: [], fault: codeOf(error.cause) || error.message }
  }
}

/** Reads what lies in the inboxes into a store of its own on the disk, so that memory does not grow with the base. */
async function examineFiles<T>(
  subject: Subject,
  signal: AbortSignal,
  use: (base: ExaminedBase) => Promise<T>,
): Promise<T> {
  const { config, exchange, clock, looks } = subject
  const folder = await mkdtemp(join(tmpdir(), 'obmen-doctor-'))
  try {
    const store = await openLmdbStore({ folder: join(folder, 'store') })
    try {
      const lying = looks.flatMap(({ candidates }) =>
        candidates.map(({ path, name, inbox, mtimeMs }) => ({
          path,
          name,
          inbox,
          modifiedAt: clock.fromReal(mtimeMs),
        })),
      )
      const unread = await readExport(lying, {
        catalogue: new Catalogue(store, exchange.name),
        sets: new Sets(store, exchange.name),
        timezone: exchange.timezone,
        open: openerOf(parseOptionsIn(config, exchange), exchange.timezone, clock),
        workFolder: folder,
        files: createFiles(),
        clock,
        signal,
        onFile: subject.onFile,
      })
      const told = unread.map(({ name, error }) => ({ file: name, code: error.code, message: error.message }))
      const source = lying.length === 0 ? 'nowhere' : 'inboxes'
      return await use(await examineStore(store, { ...subject, source, unread: told }))
    } finally {
      await store.close()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function examineStore(store: Store, subject: Subject & Pick<Examined, 'source'>): Promise<ExaminedBase> {
  const { config, exchange, clock, looks, source, unread } = subject
  const catalogue = new Catalogue(store, exchange.name)
  const dictionary = await catalogue.dictionary()
  const texts = { articles: new Repeats(), codes: new Repeats(), barcodes: new Repeats() }
  const survey = await surveyBase(catalogue.entries(), dictionary, texts)
  const { newestStamp, newestFile, pricesStamp, stocksStamp } = await catalogue.facts()
  const runs = await readRuns(exchange, store)
  const service = await readService(config.folders.state)
  const quarantined = await listQuarantine(config.folders.quarantine)
  const unknown = survey.currencies.filter(({ word }) => isoCurrency(word, exchange.currency) === undefined)
  const latest = runs.find(({ family }) => family !== null) ?? runs[0]
  const examined: Examined = {
    exchange: exchange.name,
    at: clock.now(),
    timezone: exchange.timezone,
    source,
    service: service === undefined ? 'never' : service.running ? 'running' : 'stopped',
    producer: { family: latest?.family ?? null, ...(latest?.version === undefined ? {} : { version: latest.version }) },
    profile: exchange.profile,
    inboxes: looks.map(({ candidates, ...look }) => ({ ...look, waiting: candidates.length })),
    runs: runs.slice(0, RUNS),
    full: await readFull(exchange, store, runs),
    ...(newestStamp === undefined ? {} : { data: { stamp: newestStamp, file: newestFile ?? '' } }),
    ...(pricesStamp === undefined ? {} : { pricesStamp }),
    ...(stocksStamp === undefined ? {} : { stocksStamp }),
    quarantined: quarantined.filter(({ origin }) => origin.exchange === exchange.name).length,
    unread,
    unknownCurrencies: unknown.map(({ word }) => word),
    survey,
  }
  return { diagnosis: diagnose(examined), texts, dictionary, entries: () => catalogue.entries() }
}

async function readRuns(exchange: ExchangeConfig, store: Store): Promise<ExaminedRun[]> {
  const sets = new Sets(store, exchange.name)
  const runs: ExaminedRun[] = []
  for (const set of (await sets.all()).toReversed()) {
    const files = await sets.files(set.key)
    const { inbox, folder, family, version, to: stamp, closedAt } = set
    runs.push({
      inbox,
      folder,
      stamp,
      family,
      ...(version === undefined ? {} : { version }),
      files: files.length,
      open: closedAt === undefined,
      parts: await verdictsOf(set, files, sets, exchange.setQuiet),
    })
  }
  return runs
}

/** What the service closed as complete and full; before it ran, what looks so as it lies. */
async function readFull(exchange: ExchangeConfig, store: Store, runs: readonly ExaminedRun[]): Promise<ExaminedFull[]> {
  const closed = (await readInboxes(exchange, store)).flatMap(({ inbox, full }) =>
    full.map((each) => ({ inbox, ...each })),
  )
  if (closed.length > 0) return closed
  const found = new Map<string, ExaminedFull>()
  for (const { inbox, stamp, parts } of runs) {
    for (const { catalogue } of parts.filter(({ is }) => is === 'full')) {
      const key = `${inbox}\n${catalogue}`
      if (!found.has(key)) found.set(key, { inbox, catalogue, stamp })
    }
  }
  return [...found.values()]
}

function parseOptionsIn(config: Config, exchange: ExchangeConfig) {
  return (
    pipelinesOf(config, exchange)
      .map(parseOptionsOf)
      .find((options) => options !== undefined) ?? { format: 'commerceml' as const }
  )
}

function extensionsIn(config: Config, exchange: ExchangeConfig): readonly string[] {
  return [...new Set(pipelinesOf(config, exchange).flatMap(extensionsOf))]
}

function pipelinesOf(config: Config, exchange: ExchangeConfig): Config['pipelines'] {
  return config.pipelines.filter(({ from }) => from.kind === 'exchange' && from.exchange === exchange.name)
}

function unknownExchange(name: string, config: Config): ObmenError {
  const known = [...config.exchanges.keys()].join(', ')
  return new ObmenError('config', 'doctor.unknown_exchange', `looking for the exchange "${name}": there is none`, {
    place: { file: 'config/obmen.yaml' },
    remedy: `Name one of config/obmen.yaml: ${known}.`,
  })
}

import { randomUUID } from 'node:crypto'
import type { PipelineConfig } from '../config/model.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import { openZip } from '../formats/zip/index.ts'
import type { IncomingFile } from '../pipeline/flows.ts'
import { runChain, type RunContext, type Stage } from '../pipeline/stage.ts'
import { archive } from '../sources/files/archive.ts'
import { claim, giveBack, isUntouched, orphans, type Claim, type ClaimResult } from '../sources/files/claim.ts'
import { quarantine, quarantinePath } from '../sources/files/quarantine.ts'
import type { FileFault, ReadyFile } from '../sources/files/settle.ts'
import type { ScanOptions } from '../sources/files/watch.ts'
import { isArchive, removeUnpacked, unpack, unpackedFolder } from '../sources/files/unpack.ts'
import { extensionOf, extensionsOf, openerOf, parseOptionsOf, type OpenFile } from '../stages/parse/open-file.ts'
import type { ParseOptions } from '../stages/parse/options.ts'
import type { Stored } from '../stages/store/index.ts'
import { codeOf } from '../state/disk.ts'
import { placeInSet } from '../state/set-names.ts'
import { describeFileFault, quarantineCause } from '../views/file-faults.ts'
import * as notices from '../views/notices.ts'
import * as serviceNotices from '../views/service-notices.ts'
import { stalePortion } from '../views/set-notices.ts'
import { placeOfStore } from './open-store.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'
import { SetKeeper } from './set-keeper.ts'
import { newerThanPortion, runOfFile, type RunOfFile } from './stale-portion.ts'
import { isOfStore } from './store-watch.ts'
import { takenOf } from './taken.ts'

/** How often a process may die over a file before the file is taken for the cause. */
const TRIES = 3

/** What the intake tells the rest of the service. */
export interface IntakeEvents {
  /** A file that was seen at `seenAt` was applied: items changed, or the dictionaries (then every item must be looked at). */
  readonly onStored: (exchange: string, stored: Stored, seenAt: number) => void
  /** An archive was unpacked into `folder`, which goes when it is applied: pictures in it must be kept now. */
  readonly onUnpacked: (exchange: string, folder: string, archive: string, signal: AbortSignal) => Promise<void>
  /** The orders of the exchange may have to be written anew: a run of 1C was seen. */
  readonly onRun: (exchange: string) => Promise<void>
  /** Items are gone by a conclusion from what a complete full set left out. */
  readonly onGone: (exchange: string, items: readonly string[]) => void
}

/** What a file did, and whether its set is known to state only changes. */
interface Applied extends Stored {
  readonly delta: boolean
}

/**
 * Takes the files of one exchange, one after the other: claim, run through the ingest pipeline, then archive or
 * quarantine. Every file is at any time in exactly one of inbox, work, archive and quarantine.
 */
export class Intake {
  readonly #exchange: ExchangeRuntime
  readonly #stages: readonly Stage[]
  readonly #extensions: readonly string[]
  readonly #format: ParseOptions['format']
  /** Reads a file as the pipeline does. */
  readonly #open: OpenFile
  readonly #runtime: Runtime
  readonly #events: IntakeEvents
  /** Closes the sets of files; to be asked now and then. */
  readonly sets: SetKeeper

  constructor(
    exchange: ExchangeRuntime,
    pipeline: { readonly config: PipelineConfig; readonly stages: readonly Stage[] },
    runtime: Runtime,
    events: IntakeEvents,
  ) {
    this.#exchange = exchange
    this.#stages = pipeline.stages
    this.#extensions = extensionsOf(pipeline.config)
    const options = parseOptionsOf(pipeline.config) ?? { format: 'commerceml' }
    this.#format = options.format
    this.#open = openerOf(options, exchange.config.timezone, runtime.clock)
    this.#runtime = runtime
    this.#events = events
    this.sets = new SetKeeper(exchange, pipeline.config, runtime, events.onGone)
  }

  get exchange(): ExchangeRuntime {
    return this.#exchange
  }

  /** What looking into the inboxes needs to know, and whom to tell what they show. */
  get scanned(): Pick<ScanOptions, 'taken' | 'extensions' | 'onLook'> {
    const taken = takenOf(this.#exchange, this.#runtime)
    return { taken, extensions: this.#extensions, onLook: this.sets.looked }
  }

  /** Runs the claims again that a dead process left behind. To be called before anything is claimed. */
  async recover(claims: readonly Claim[], signal: AbortSignal): Promise<void> {
    for (const left of claims.filter((each) => each.exchange === this.#exchange.config.name)) {
      if (left.tries < TRIES) await this.#run(left, signal)
      else await this.#quarantine(left, deadly(left), signal)
    }
  }

  /** Takes one ready file. Resolves when it is archived, back in its inbox, or in quarantine: then to the reason. */
  take(ready: ReadyFile, signal: AbortSignal): Promise<ObmenError | undefined> {
    return this.sets.exclusive(() => this.#take(ready, signal))
  }

  async #take(ready: ReadyFile, signal: AbortSignal): Promise<ObmenError | undefined> {
    const { log, notifier } = this.#runtime
    const { name } = this.#exchange.config
    const cause = serviceNotices.causeOfUntaken(ready.path)
    const result = await this.#claim(ready, signal)
    if (result instanceof ObmenError) {
      // The other files need not wait for this one; it comes again in a minute.
      log.error({ exchange: name, file: ready.name, code: result.code, err: result }, 'file could not be taken')
      await notifier.raise(serviceNotices.fileNotTaken({ path: ready.path, message: result.message }))
      return result
    }
    await notifier.resolve(cause, 'Файл загружается.')
    if (result.state !== 'returned') await this.sets.took(ready, result.state === 'gone' ? 'gone' : 'taken')
    return result.state === 'claimed' ? this.#run(result.claim, signal) : undefined
  }

  /** What came of the claim, or why the file cannot be taken now. */
  async #claim(ready: ReadyFile, signal: AbortSignal): Promise<ClaimResult | ObmenError> {
    const { config, clock, files } = this.#runtime
    const options = {
      exchange: this.#exchange.config.name,
      take: this.#exchange.config.take,
      workFolder: config.folders.work,
      runId: runId(clock.now()),
      files,
      clock,
      signal,
      taken: takenOf(this.#exchange, this.#runtime),
      marker: this.#exchange.config.marker,
    }
    try {
      return await claim(ready, options)
    } catch (error) {
      if (error instanceof ObmenError && error.kind === 'transient') return error
      throw error
    }
  }

  async #run(claimed: Claim, signal: AbortSignal): Promise<ObmenError | undefined> {
    const { log, notifier, clock } = this.#runtime
    const { name } = this.#exchange.config
    let refused = claimed.fault === undefined ? undefined : await this.#faultOf(claimed, claimed.fault, signal)
    let done: 'applied' | 'touched' | undefined
    for (let failures = 0; ; failures++) {
      try {
        if (refused !== undefined) return await this.#quarantine(claimed, refused, signal)
        // What was applied is not applied again because the disk had no room to archive it.
        done ??= await (isArchive(claimed.name) ? this.#takeArchive(claimed, signal) : this.#takeFile(claimed, signal))
        if (done === 'touched') await giveBack(claimed, this.#runtime.files)
        else await this.#archive(claimed)
        if (failures > 0) await this.#resolveFailing()
        return undefined
      } catch (error) {
        if (signal.aborted || isAbort(error)) throw error
        const fault = done === undefined && refused === undefined ? refusalOf(claimed, error, failures) : undefined
        if (fault !== undefined && !(await isUntouched(claimed))) {
          // Somebody wrote to it while it was read: what was found in it says nothing about the file it will be.
          done = 'touched'
          continue
        }
        if (fault !== undefined) {
          log.error({ exchange: name, file: claimed.name, code: fault.code, err: error }, 'file goes to quarantine')
          refused = fault
          continue
        }
        // Not the file's fault: it stays in work, and is tried again until the store or the disk is back.
        log.error(
          { exchange: name, file: claimed.name, err: error },
          'file could not be applied, it will be tried again',
        )
        const failing = { where: placeOfStore(this.#runtime.config), message: (error as Error).message }
        if (!isOfStore(error)) {
          await notifier
            .raise(notices.storeFailing(failing))
            .catch((err: unknown) => log.error({ err }, 'notice could not be kept'))
        }
        await clock.sleep(Math.min(300_000, 5_000 * 2 ** failures), signal)
      }
    }
  }

  /** One file through the pipeline, and what follows it; `touched` when somebody wrote to it meanwhile. */
  async #takeFile(claimed: Claim, signal: AbortSignal): Promise<'applied' | 'touched'> {
    const incoming = incomingOf(claimed, claimed)
    if (await this.#isStale(incoming, signal)) return 'applied'
    const stored = await this.#ingest(incoming, claimed, signal, async () => !(await isUntouched(claimed)))
    if (stored === 'touched') return stored
    // Before the file leaves work: nothing would bring a process killed in between back to what follows.
    await this.#follow(claimed, incoming, stored, signal)
    return 'applied'
  }

  /** An archive: every member is found sound before the first has an effect; then each is a file like any other. */
  async #takeArchive(claimed: Claim, signal: AbortSignal): Promise<'applied' | 'touched'> {
    const { files } = this.#runtime
    const extension = extensionOf(this.#format)
    const members = (await unpack(claimed, { files, signal, extension })).map((member) => {
      return { ...incomingOf(claimed, member), modifiedAt: claimed.mtimeMs }
    })
    for (const member of members) {
      await runChain(singleFile(member), this.#stages, this.#context(claimed.run, 'check', signal))
    }
    if (!(await isUntouched(claimed))) return 'touched'
    await this.#events.onUnpacked(this.#exchange.config.name, unpackedFolder(claimed), claimed.name, signal)
    for (const member of members) {
      // The archive itself is not read any more: from here on only its unpacked members count.
      const stored = await this.#ingest(member, claimed, signal, () => Promise.resolve(false))
      if (stored !== 'touched') await this.#follow(claimed, member, stored, signal)
    }
    await removeUnpacked(claimed, files)
    // Another archive under its name settles and is taken after this one.
    return (await isUntouched(claimed)) ? 'applied' : 'touched'
  }

  /** What follows a file that was applied. Its failure must not keep the next file from being taken. */
  async #follow(
    claimed: Claim,
    incoming: IncomingFile,
    stored: Applied | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { log, notifier } = this.#runtime
    const { name } = this.#exchange.config
    try {
      await notifier.resolve(quarantineCause(name, claimed.name), 'Следующий файл с этим именем загружен.')
      await this.#resolveFailing()
      if (stored === undefined) return
      await this.#watchStocks(incoming, stored)
      await this.#report(stored, incoming.seenAt)
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      log.error(
        { exchange: name, file: claimed.name, err: error },
        'what follows a file failed, all items are looked at',
      )
      if (stored !== undefined) this.#events.onStored(name, { ...stored, dictionaryChanged: true }, incoming.seenAt)
    }
  }

  async #resolveFailing(): Promise<void> {
    const { log, notifier } = this.#runtime
    await notifier
      .resolve(STORE_CAUSE, 'Хранилище снова отвечает.')
      .catch((err: unknown) => log.error({ err }, 'notice could not be kept'))
  }

  /** The file through the pipeline; undefined when it held no records, `touched` when somebody wrote to it meanwhile. */
  async #ingest(
    incoming: IncomingFile,
    claimed: Claim,
    signal: AbortSignal,
    isTouched: () => Promise<boolean>,
  ): Promise<Applied | undefined | 'touched'> {
    await this.#noteRun(incoming, signal)
    // Nobody writes over a part of an archive.
    const takenAt = isArchive(claimed.name) ? undefined : claimed.claimedAt
    const ctx = this.#context(claimed.run, 'ingest', signal)
    const touched: { value: boolean } = { value: false }
    // Pass 1 ends where the committing stage begins: the file must still be the one that settled.
    const last = this.#stages.at(-1)
    if (last === undefined) return undefined
    const guarded: Stage = {
      run: (input, context) =>
        last.run(
          stopIfTouched(input, async () => {
            touched.value = await isTouched()
            return touched.value
          }),
          context,
        ),
    }
    try {
      const [stored] = await runChain<Stored>(singleFile(incoming), [...this.#stages.slice(0, -1), guarded], ctx)
      if (stored === undefined) {
        const run = await this.#runOf(incoming, signal)
        if (run !== undefined) await this.sets.noteEmpty(incoming, run, takenAt)
        return undefined
      }
      const times = { seenAt: incoming.seenAt, ...(takenAt === undefined ? {} : { takenAt }) }
      return { ...stored, ...(await this.sets.note({ ...stored.note, ...times })) }
    } catch (error) {
      if (touched.value) return 'touched'
      throw error
    }
  }

  /** True for a rest of an earlier, larger export, which native nodes leave in the folder: it is not read. */
  async #isStale(incoming: IncomingFile, signal: AbortSignal): Promise<boolean> {
    const { portion, first } = placeInSet(incoming.name)
    if (portion === undefined || portion === first) return false
    const { config, sets } = this.#exchange
    const run = await this.#runOf(incoming, signal)
    const options = { sets, timezone: config.timezone, signal }
    const newer = run === undefined ? undefined : await newerThanPortion(incoming, run, options)
    if (newer === undefined) return false
    this.#runtime.log.info({ exchange: config.name, file: incoming.name, newer }, 'stale portion left unread')
    await this.#runtime.notifier.raise(
      stalePortion({ exchange: config.name, inbox: incoming.inbox, file: incoming.name, newer }),
    )
    return true
  }

  /** Which run a file belongs to; undefined when its beginning does not say. */
  async #runOf({ path, name, workFolder }: IncomingFile, signal: AbortSignal): Promise<RunOfFile | undefined> {
    try {
      return await runOfFile(path, { name, workFolder, timezone: this.#exchange.config.timezone }, signal)
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      return undefined
    }
  }

  /** What is wrong with a file that never became whole: what its reader says, with line and column, else what was seen. */
  async #faultOf(claimed: Claim, seen: FileFault, signal: AbortSignal): Promise<ObmenError> {
    try {
      if (isArchive(claimed.name)) (await openZip(claimed.path, claimed.name)).close()
      else {
        const file = await this.#open({ path: claimed.path, workFolder: claimed.folder, name: claimed.name }, signal)
        try {
          for await (const records of file.records(signal)) for (const record of records) record.check()
        } finally {
          await file.close()
        }
      }
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      if (error instanceof ObmenError && error.kind === 'input') return error
      this.#runtime.log.warn({ file: claimed.name, err: error }, 'a file on its way to quarantine could not be read')
    }
    const { code, message, what, todo } = seen
    return new ObmenError('input', code, message, { place: { file: claimed.name }, details: { what, todo } })
  }

  /** A run of the node that loads orders is known by its stamp; its first file decides when it was seen. */
  async #noteRun(incoming: IncomingFile, signal: AbortSignal): Promise<void> {
    const { config, runs, orders } = this.#exchange
    if (config.orders === undefined || incoming.inbox !== config.orders.node) return
    const file = await this.#open(incoming, signal)
    const { stamp } = file.header
    await file.close()
    this.#exchange.noteNodeFile(incoming.seenAt)
    if (stamp === undefined) return
    const key = String(stamp).padStart(15, '0')
    const known = await runs.get(key)
    const run = { stamp, seenAt: known?.seenAt ?? incoming.seenAt }
    const lastFileAt = Math.max(incoming.seenAt, known?.lastFileAt ?? 0)
    if (known?.lastFileAt !== lastFileAt) {
      await this.#runtime.store.commit([{ namespace: runs.name, set: [[key, { ...run, lastFileAt }]] }])
    }
    await orders.exclusive(() => orders.noteRun(run, incoming.seenAt))
  }

  #context(run: string, purpose: 'ingest' | 'check', signal: AbortSignal): RunContext {
    const { clock, log } = this.#runtime
    return { runId: run, purpose, complete: false, clock, signal, log, reject: () => {} }
  }

  async #report(stored: Applied, seenAt: number): Promise<void> {
    const { log, notifier } = this.#runtime
    const { catalogue, orders, config } = this.#exchange
    const { items: _, warnings, note: __, ...counts } = stored
    log.info({ exchange: config.name, ...counts, warnings: warnings.length }, 'file applied')
    const { fullStamp } = await catalogue.facts()
    if (stored.delta && fullStamp === undefined && !(await this.sets.seesFull()))
      await notifier.raise(notices.firstFileIsDelta({ exchange: config.name, file: stored.file }))
    if (stored.changed > 0 && stored.ignored === stored.changed) {
      await notifier.raise(serviceNotices.fileOlder({ exchange: config.name, file: stored.file }))
    }
    const reserved = await orders.exclusive(() =>
      orders.noteReserves((item, stamp) => catalogue.stockStatedAfter(item, stamp)),
    )
    const items = stored.items === 'all' ? 'all' : [...new Set([...stored.items, ...reserved])]
    this.#events.onStored(config.name, { ...stored, items }, seenAt)
    await this.#events.onRun(config.name)
  }

  /** Offers of a kind of file that used to state stocks state none any more: nothing is zeroed, a person must know. */
  async #watchStocks(incoming: IncomingFile, { file, offers, delta, statesStocks }: Applied): Promise<void> {
    const { store, notifier } = this.#runtime
    const { name: exchange } = this.#exchange.config
    if (offers === 0) return
    const known = store.namespace<true>(`stocks.${exchange}`)
    const kind = kindOf(incoming.name)
    const key = `${incoming.inbox}\n${kind}`
    const missing = serviceNotices.stocksMissing({ exchange, file, kind })
    if (statesStocks) {
      if ((await known.get(key)) === undefined) await store.commit([{ namespace: known.name, set: [[key, true]] }])
      await notifier.resolve(missing.cause, 'Остатки снова выгружаются.')
    } else if (!delta && (await known.get(key)) === true) await notifier.raise(missing)
  }

  async #archive(claimed: Claim): Promise<void> {
    const { config, files } = this.#runtime
    await archive(claimed, { archiveFolder: config.folders.archive, timezone: this.#exchange.config.timezone, files })
  }

  async #quarantine(claimed: Claim, error: ObmenError, signal: AbortSignal): Promise<ObmenError> {
    const { config, files, notifier } = this.#runtime
    const { name, timezone } = this.#exchange.config
    const { code, message, place, remedy, details } = error
    const own = details as { what?: string; todo?: string } | undefined
    const known = describeFileFault(code, message, remedy, details)
    const words = { what: own?.what ?? known.what, todo: own?.todo ?? known.todo }
    const reason = { code, message, ...words, ...defined({ place, remedy }) }
    const options = { quarantineFolder: config.folders.quarantine, timezone, files }
    const kept = quarantinePath(claimed, options)
    const { run } = claimed
    const shown = { exchange: name, file: claimed.name, run, code, message, kept, words, ...defined({ place, remedy }) }
    const incoming = incomingOf(claimed, claimed)
    await this.sets.noteBroken(incoming, code, await this.#runOf(incoming, signal))
    // The notice first: once the file has left work, nothing would bring a process killed here back to telling.
    await notifier.raise(notices.quarantinedFile(shown))
    await quarantine(claimed, reason, options)
    return error
  }
}

/** `offers0_1.xml`, `offers0_2.xml`, `offers___<guid>.xml` and `packed.zip!offers.xml` are files of one kind. */
function kindOf(name: string): string {
  return /([a-z]*)[^/!]*$/i.exec(name)?.[1] ?? ''
}

/** A claimed file, or a member of a claimed archive, as the pipeline knows it. */
function incomingOf(claimed: Claim, { path, name }: { readonly path: string; readonly name: string }): IncomingFile {
  return { path, workFolder: claimed.folder, name, inbox: claimed.inbox, seenAt: claimed.firstSeen }
}

const STORE_CAUSE = 'state.failing'

/**
 * What makes a file unusable: its own fault, or that it meets a mistake of ours again and again. Undefined where the
 * store or the disk is to blame.
 */
function refusalOf(claimed: Claim, error: unknown, failures: number): ObmenError | undefined {
  if (error instanceof ObmenError) return error.kind === 'input' ? error : undefined
  if (codeOf(error) !== '' || failures + 1 < TRIES) return undefined
  const message = error instanceof Error ? error.message : String(error)
  return new ObmenError('input', 'file.kills', `reading ${claimed.name}: it failed ${TRIES} times: ${message}`, {
    cause: error,
    place: { file: claimed.name },
    remedy: 'Send the file to the developers; export it from 1C again meanwhile.',
  })
}

function deadly(claimed: Claim): ObmenError {
  return new ObmenError(
    'input',
    'file.kills',
    `reading ${claimed.name}: the process died ${claimed.tries} times over it`,
    {
      place: { file: claimed.name },
      remedy: 'Send the file to the developers; export it from 1C again meanwhile.',
    },
  )
}

/** Names a run: sortable by time, unique. */
function runId(now: number): string {
  return `${new Date(now).toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}-${randomUUID().slice(0, 8)}`
}

async function* singleFile(file: IncomingFile): AsyncIterable<readonly IncomingFile[]> {
  yield await Promise.resolve([file])
}

/** Passes everything on and asks at the end, before the next stage acts on it, whether the file is still the same. */
async function* stopIfTouched(
  input: AsyncIterable<readonly unknown[]>,
  isTouched: () => Promise<boolean>,
): AsyncIterable<readonly unknown[]> {
  yield* input
  if (await isTouched()) throw new Error('the claimed file changed while it was read')
}

function defined<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

/** Claims that were left in the work folder; read once before anything is claimed. */
export function leftClaims({ config, files }: Runtime, why: 'died' | 'aborted'): Promise<Claim[]> {
  return orphans(config.folders.work, files, why)
}

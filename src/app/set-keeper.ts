import { join } from 'node:path'
import type { PipelineConfig } from '../config/model.ts'
import type { IncomingFile } from '../pipeline/flows.ts'
import type { Candidate, InboxView } from '../sources/files/candidates.ts'
import { isDoneBy } from '../sources/files/claim.ts'
import { LostFiles, type LostFile } from '../sources/files/lost.ts'
import { isTooMuchRemoved, maxRemovedOf } from '../stages/guard/index.ts'
import { extensionsOf, parseOptionsOf } from '../stages/parse/open-file.ts'
import { FUTURE } from '../stages/store/index.ts'
import { NO_HASHES, packHashes, union, unpackHashes } from '../state/hash-list.ts'
import { readRemovalDecisions, type RemovalDecision } from '../state/removal-decisions.ts'
import { markRemoved, sift, type ByPart } from '../state/removal.ts'
import {
  closeSet,
  outlived,
  statedElsewhere,
  whyClosed,
  withPending,
  type ClosedCatalogue,
} from '../state/set-closing.ts'
import { placeInSet } from '../state/set-names.ts'
import { isKnownDelta, type Part } from '../state/set-verdict.ts'
import {
  baselineKey,
  idOfConclusion,
  OVERTAKEN,
  type Baseline,
  type Conclusion,
  type FileNote,
  type FileSet,
  type Sets,
  type StatedFile,
} from '../state/sets.ts'
import { firstFileIsDelta } from '../views/notices.ts'
import {
  catalogueForgotten,
  fileLost,
  incompleteCauses,
  removalCause,
  removalHeld,
  setOvertaken,
} from '../views/set-notices.ts'
import { decisionOn, DECISIONS } from './decisions.ts'
import { InboxCalm } from './inbox-calm.ts'
import { tellRecovered } from './recover-catalogue.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'
import type { RunOfFile } from './stale-portion.ts'
import { takenOf } from './taken.ts'

const PARTS: readonly Part[] = ['import', 'offers']
/** Names in a mail about what is held. */
const SHOWN = 50

/**
 * Keeps the sets of one exchange: notes files, closes sets when nothing more can belong to them, and draws, holds and
 * carries out the conclusion from what a complete full one left out.
 */
export class SetKeeper {
  /** Clock milliseconds between two looks for sets that may be closed. */
  static readonly every = 5_000
  readonly #exchange: ExchangeRuntime
  readonly #pipeline: PipelineConfig
  readonly #runtime: Runtime
  /** Items of the exchange that are gone now. */
  readonly #onGone: (exchange: string, items: readonly string[]) => void
  readonly #calm: InboxCalm
  readonly #lost: LostFiles

  constructor(
    exchange: ExchangeRuntime,
    pipeline: PipelineConfig,
    runtime: Runtime,
    onGone: (exchange: string, items: readonly string[]) => void,
  ) {
    this.#exchange = exchange
    this.#pipeline = pipeline
    this.#runtime = runtime
    this.#onGone = onGone
    this.#lost = new LostFiles(isDoneBy(exchange.config.take, takenOf(exchange, runtime)))
    this.#calm = new InboxCalm(exchange, runtime, extensionsOf(pipeline), this.looked)
  }

  get #sets(): Sets {
    return this.#exchange.sets
  }

  get #isPriceList(): boolean {
    return (parseOptionsOf(this.#pipeline)?.format ?? 'commerceml') !== 'commerceml'
  }

  /** A file between inbox and archive is seen by nobody: no set is closed meanwhile. */
  readonly exclusive = inTurn()
  /** Who draws a conclusion and who decides on one take turns. */
  readonly #concluding = inTurn()

  /** What an inbox shows: what went away untaken keeps its set from being whole, and a person hears of it. */
  readonly looked = async (inbox: string, view: InboxView): Promise<void> => {
    for (const { name, why } of await this.#lost.look(inbox, view)) await this.#noteLost(inbox, name, why)
  }

  /** A file left its inbox by our own hand, or was found to be gone when it was to be taken. */
  async took({ inbox, path, name }: Candidate, result: 'taken' | 'gone'): Promise<void> {
    this.#lost.taken({ inbox, path })
    if (result === 'gone') await this.#noteLost(inbox, name, 'gone')
  }

  async #noteLost(inbox: string, name: string, why: LostFile['why']): Promise<void> {
    const { clock, log, notifier } = this.#runtime
    const exchange = this.#exchange.config.name
    log.warn({ exchange, inbox, file: name, code: `files.${why}` }, 'a file was lost before it was taken')
    await this.#sets.troubles.note({ inbox, name, at: clock.now(), why })
    await notifier.raise(fileLost({ exchange, inbox, name, why }))
  }

  /** Notes an applied file. Resolves to whether its set is known to state only changes. */
  async note(note: FileNote): Promise<{ readonly delta: boolean }> {
    const set = await this.#sets.note(note, this.#runtime.clock.now())
    const { family, hasStamp } = set
    return { delta: isKnownDelta({ family, hasStamp, files: await this.#sets.files(set.key) }, note.name) }
  }

  /** True when a set that is still open has begun as a full one: its first portion says so. */
  async seesFull(): Promise<boolean> {
    for (const set of await this.#sets.all()) {
      const files = set.closedAt === undefined ? await this.#sets.files(set.key) : []
      if (files.some(({ parts }) => parts.some(({ scope }) => scope === 'full'))) return true
    }
    return false
  }

  /** Notes a portion without records, so that the portions of its set are contiguous. */
  async noteEmpty(incoming: IncomingFile, { stamp, family }: RunOfFile, takenAt: number | undefined): Promise<void> {
    const { name, inbox, seenAt } = incoming
    if (placeInSet(name).portion === undefined || stamp === undefined) return
    const asOf = this.#asOf(stamp, seenAt)
    const times = { seenAt, ...(takenAt === undefined ? {} : { takenAt }) }
    await this.note({ name, inbox, family, stamp, asOf, digest: '', parts: [], ...times })
  }

  /** Notes a file that goes to quarantine; `run` is undefined when its beginning cannot be read. */
  async noteBroken({ name, inbox, seenAt }: IncomingFile, code: string, run: RunOfFile | undefined): Promise<void> {
    const stamp = run?.stamp
    const asOf = this.#asOf(stamp ?? seenAt, seenAt)
    const broken = { name, inbox, family: run?.family ?? null, stamp, asOf, code, seenAt }
    await this.#sets.noteBroken(broken, this.#runtime.clock.now())
  }

  /** A stamp over a day ahead counts as the arrival of its file. */
  #asOf(stamp: number, seenAt: number): number {
    return stamp > this.#runtime.clock.now() + FUTURE ? seenAt : stamp
  }

  /** Acts on decisions, closes what may be closed, marks what is due. */
  async look(): Promise<void> {
    await this.decide()
    await this.exclusive(() =>
      this.#concluding(async () => {
        for (const set of await this.#closable()) await this.#close(set)
        for (const each of await this.#sets.conclusions()) if (each.state === 'due') await this.#mark(each)
      }),
    )
  }

  /** Acts on what people decided, at once, even while a file that cannot be applied is tried again and again. */
  decide(): Promise<void> {
    return this.#concluding(() => this.#decide())
  }

  async #closable(): Promise<FileSet[]> {
    const { clock } = this.#runtime
    const { setQuiet } = this.#exchange.config
    const all = await this.#sets.all()
    const closable: FileSet[] = []
    const waits = new Map<string, boolean>()
    for (const set of all.filter(({ closedAt }) => closedAt === undefined)) {
      const now = clock.now()
      const since = this.#calm.quietSince(set.inbox, await this.#sets.lastFile(set.inbox, now))
      if (whyClosed(set, all, { since, setQuiet, now }) === undefined) continue
      if (!waits.has(set.inbox)) waits.set(set.inbox, await this.#calm.filesWait(set.inbox))
      if (waits.get(set.inbox) === false) closable.push(set)
    }
    return closable
  }

  async #close(set: FileSet): Promise<void> {
    const { clock, log } = this.#runtime
    const { catalogue, config } = this.#exchange
    const files = await this.#sets.statedFiles(set.key)
    const trouble = await this.#sets.troubleOf(set, files, config.setQuiet)
    const known = await this.#sets.baselines()
    const closing = closeSet(set, files, known, trouble)
    const { verdicts, catalogues, baselines } = closing
    // Offers alone fill no catalogue; rows of a price list do.
    const isFull = verdicts.some(({ part, is }) => is === 'full' && (part === 'import' || this.#isPriceList))
    const forgotten = isFull ? outlived(set, closing, known, clock.now()) : []
    const left = known.filter((each) => !forgotten.includes(each))
    const now = new Map([...left.map((each) => [baselineKey(each), each] as const), ...baselines])
    const changed = new Map(baselines)
    const drawn: Conclusion[] = []
    const over: Conclusion[] = []
    const before = (await this.#sets.conclusions()).filter((each) => each.inbox === set.inbox)
    for (const closed of catalogues) {
      const concluded = verdicts.some(({ catalogue: of, is }) => of === closed.catalogue && is === 'full')
      const earlier = before.find((each) => each.catalogue === closed.catalogue)
      if (!concluded) continue
      const conclusion = config.removed === 'mark' ? await this.#draw(set, closed, now, changed, earlier) : undefined
      if (conclusion !== undefined) drawn.push(conclusion)
      if (earlier !== undefined && earlier.id !== conclusion?.id) over.push(earlier)
    }
    if (isFull) await catalogue.noteFull(set.asOf)
    // People first: a process killed here closes the set once more, killed after it nothing would bring it back to telling.
    for (const each of drawn) if (each.state === 'held') await this.#tell(each)
    for (const each of over) {
      const text = drawn.some(({ catalogue: of }) => of === each.catalogue)
        ? 'Пришла новая полная выгрузка, и пропало уже другое.'
        : 'Пришла новая полная выгрузка, в ней всё на месте.'
      await this.#resolve(each, text)
    }
    await this.#tellForgotten(forgotten)
    await this.#calm.closed(set.inbox)
    if (verdicts.some(({ why }) => why === OVERTAKEN)) {
      await this.#runtime.notifier.raise(setOvertaken({ exchange: config.name, inbox: set.inbox, folder: set.folder }))
    }
    if (isFull) {
      for (const cause of incompleteCauses(config.name, set.inbox)) {
        await this.#runtime.notifier.resolve(cause, 'Пришла полная выгрузка.')
      }
      const cause = firstFileIsDelta({ exchange: config.name, file: '' }).cause
      await this.#runtime.notifier.resolve(cause, 'Пришла полная выгрузка.')
      await tellRecovered(this.#exchange, this.#runtime)
    }
    await this.#sets.settle({
      closed: [{ ...set, closedAt: clock.now(), verdicts }],
      baselines: [...changed.values()],
      conclusions: drawn,
      over,
      forgotten,
      now: clock.now(),
    })
    log.info(
      {
        exchange: config.name,
        inbox: set.inbox,
        folder: set.folder,
        stamp: new Date(set.from).toISOString(),
        files: files.length,
        verdicts: verdicts.map(({ part, catalogue: of, is, why }) => [part, of, is, why].filter(Boolean).join(' ')),
        leftOut: catalogues.map(({ leftOut }) => leftOut.import.length + leftOut.offers.length),
        concluded: drawn.map(({ id, state }) => `${id} ${state}`),
      },
      'set of files closed',
    )
  }

  /** What is concluded from what the set left out; undefined when nothing is. Notes in `changed` what waits. */
  async #draw(
    set: FileSet,
    closed: ClosedCatalogue,
    now: Map<string, Baseline>,
    changed: Map<string, Baseline>,
    earlier: Conclusion | undefined,
  ): Promise<Conclusion | undefined> {
    const { catalogue, leftOut, before } = closed
    if (leftOut.import.length + leftOut.offers.length === 0) return undefined
    const { inbox } = set
    const open: { set: FileSet; files: readonly StatedFile[] }[] = []
    // An inbox that is none of the exchange any more speaks for nobody.
    const isRead = (each: { readonly inbox: string }): boolean => this.#exchange.config.inboxes.includes(each.inbox)
    for (const each of (await this.#sets.all()).filter(isRead)) {
      if (each.closedAt === undefined && each.key !== set.key)
        open.push({ set: each, files: await this.#sets.statedFiles(each.key) })
    }
    const elsewhere = (part: Part) =>
      statedElsewhere({ inbox, catalogue, part }, [...now.values()].filter(isRead), open)
    const others: ByPart = { import: elsewhere('import'), offers: elsewhere('offers') }
    const own = now.get(baselineKey({ inbox, catalogue, part: 'import' }))
    const goods = own === undefined ? others.import : union(others.import, unpackHashes(own.named))
    const stated = { elsewhere: others, goods }
    const { gone, kept, bereft, sample } = await sift(leftOut, stated, set.asOf, this.#exchange.catalogue, SHOWN)
    const limit = maxRemovedOf(this.#pipeline.stages.find(({ type }) => type === 'guard'))
    const isHeld = bereft > 0 || PARTS.some((part) => isTooMuchRemoved(gone[part].length, limit, before[part]))
    for (const part of PARTS) {
      const key = baselineKey({ inbox, catalogue, part })
      const baseline = now.get(key)
      if (baseline === undefined) continue
      const waiting = withPending(withPending(baseline, { add: kept[part] }), { add: isHeld ? gone[part] : undefined })
      now.set(key, waiting)
      changed.set(key, waiting)
    }
    if (gone.import.length + gone.offers.length === 0) return undefined
    const id = idOfConclusion(inbox, catalogue, gone)
    const countsOf = (part: Part) => ({
      named: packHashes(gone[part]),
      count: gone[part].length,
      before: before[part],
    })
    const [file] = (await this.#sets.fileNames(set.key)).sort()
    return {
      id,
      inbox,
      catalogue,
      folder: set.folder,
      place: file ?? set.folder,
      asOf: set.asOf,
      at: earlier?.id === id ? earlier.at : this.#runtime.clock.now(),
      after: earlier?.id === id ? earlier.after : (await this.#decisions()).length,
      state: isHeld ? 'held' : 'due',
      gone: { import: countsOf('import'), offers: countsOf('offers') },
      bereft,
      sample,
    }
  }

  /** What people decided on the command line, and what a change of the configuration makes void. */
  async #decide(): Promise<void> {
    const held = (await this.#sets.conclusions()).filter(({ state }) => state === 'held')
    if (held.length === 0) return
    const { clock, log } = this.#runtime
    const { name, removed } = this.#exchange.config
    const decisions = await this.#decisions()
    for (const each of held) {
      // The journal was put back to an earlier one: what is written from here on counts.
      if (decisions.length < each.after)
        await this.#sets.settle({ conclusions: [{ ...each, after: decisions.length }], now: clock.now() })
      const decided = decisionOn(each, name, decisions)?.decision
      if (decided === undefined && removed === 'mark') continue
      const known = await this.#sets.baselines()
      const baselines = PARTS.flatMap((part) => {
        const key = baselineKey({ ...each, part })
        const baseline = known.find((other) => baselineKey(other) === key)
        return baseline === undefined ? [] : [withPending(baseline, { drop: unpackHashes(each.gone[part].named) })]
      })
      const released = decided === 'release' && removed === 'mark'
      const words = released ? 'Решено: товаров больше нет, они снимаются.' : 'Решено: товары остаются на площадках.'
      await this.#resolve(each, decided === undefined ? 'Настройка removed: ignore — ничего не снимается.' : words)
      await this.#sets.settle({
        baselines,
        ...(released ? { conclusions: [{ ...each, state: 'due' }] } : { over: [each] }),
        now: clock.now(),
      })
      log.info({ exchange: name, set: each.id, decided: decided ?? 'void' }, 'held conclusion decided')
    }
  }

  #decisions(): Promise<readonly RemovalDecision[]> {
    return readRemovalDecisions(join(this.#runtime.config.folders.state, DECISIONS.removals))
  }

  async #mark(conclusion: Conclusion): Promise<void> {
    const { log, clock } = this.#runtime
    const { catalogue, config } = this.#exchange
    const listOf = (part: Part) => {
      const { named } = conclusion.gone[part]
      return named === '' ? NO_HASHES : unpackHashes(named)
    }
    const gone: ByPart = { import: listOf('import'), offers: listOf('offers') }
    const items = await markRemoved(gone, { stamp: conclusion.asOf, place: conclusion.place }, catalogue)
    // Hints first: after a crash in between the mark is there and every look finds it.
    this.#onGone(config.name, items)
    await this.#sets.settle({ over: [conclusion], now: clock.now() })
    log.info({ exchange: config.name, set: conclusion.id, items: items.length }, 'left out goods marked as removed')
  }

  #tell(held: Conclusion): Promise<void> {
    const { name: exchange, timezone } = this.#exchange.config
    const { id, inbox, place, asOf, gone, bereft, sample } = held
    const limit = maxRemovedOf(this.#pipeline.stages.find(({ type }) => type === 'guard'))
    const counts = { products: gone.import, offers: gone.offers }
    const pipeline = this.#pipeline.name
    return this.#runtime.notifier.raise(
      removalHeld({ exchange, pipeline, id, inbox, place, asOf, timezone, ...counts, limit, bereft, sample }),
    )
  }

  async #tellForgotten(forgotten: readonly Baseline[]): Promise<void> {
    const exchange = this.#exchange.config.name
    for (const { inbox, catalogue } of new Map(forgotten.map((each) => [each.catalogue, each])).values()) {
      const count = (part: Part): number =>
        forgotten.find((each) => each.catalogue === catalogue && each.part === part)?.count ?? 0
      const counts = { products: count('import'), offers: count('offers') }
      await this.#runtime.notifier.raise(catalogueForgotten({ exchange, inbox, catalogue, ...counts }))
    }
  }

  #resolve({ id }: Conclusion, what: string): Promise<void> {
    return this.#runtime.notifier.resolve(removalCause(this.#exchange.config.name, id), what)
  }
}

/** Lets pieces of work take place one after the other, in the order in which they were given. */
function inTurn(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const run = last.then(work, work)
    last = run.catch(() => undefined)
    return run
  }
}

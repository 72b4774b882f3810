import { existsSync } from 'node:fs'
import { mkdir, open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { guidOf } from '../../fixtures/guid.ts'
import type { BaseModel } from '../../fixtures/ut-base.ts'
import { writeExport } from '../../fixtures/ut-export.ts'
import type { Clock } from '../../src/core/clock.ts'
import type { OrderChange, UtDocument } from './documents.ts'
import { loadOrders, type LoadResult } from './load-orders.ts'
import { ordersExport } from './order-export.ts'
import { ScriptedBase } from './scripted-base.ts'

/** One node of the exchange with sites. */
export interface ScriptedUtOptions {
  readonly base: BaseModel
  /** The inbox of the node; files are written to its folder `webdata`. */
  readonly exportFolder: string
  /** «Файл загрузки»; without it the node does not load orders. */
  readonly ordersFile?: string
  readonly clock: Clock
  /** IANA zone in which the base writes its local time. */
  readonly timezone: string
  /** What a run exports unless it is told otherwise. */
  readonly mode: 'full' | 'delta'
  /** The node's table «Статус заказа»; a text that is not in it leaves the order awaiting approval. */
  readonly statuses?: Readonly<Record<string, UtDocument['state']>>
  /** GUID of the warehouse of orders that name none; default the first one of the base. */
  readonly defaultWarehouse?: string
  /** Bytes written at a time into the final name; the file stands there half-written meanwhile. Default 4096. */
  readonly chunkBytes?: number
  /** Clock milliseconds between two chunks; 0 gives way to other work only. Default 0. */
  readonly chunkPause?: number
  /** Called after every chunk, with the file as it stands. */
  readonly onChunk?: (path: string) => Promise<void>
}

/** How one run differs from the node's settings. */
export interface RunOptions {
  readonly scope?: 'full' | 'delta'
  readonly priceUpdateOnly?: boolean
  readonly portionSize?: number
  readonly signal?: AbortSignal
}

/** What one run did. */
export interface RunResult {
  /** False when the job of 1C would be shown as failed. */
  readonly ok: boolean
  /** `ДатаФормирования` of every file of the run. */
  readonly stamp: string
  /** Paths of the files written, in order. */
  readonly files: readonly string[]
  readonly created: readonly string[]
  readonly refilled: readonly string[]
  readonly skipped: readonly string[]
  /** What stands in 1C's event log. */
  readonly error?: string
  /** Things that 1C swallows without a word; a test should find none. */
  readonly problems: readonly string[]
}

/**
 * A 1C base (УТ 11) that behaves towards the exchange folder as the real one does. One run: catalogue and offers are
 * written under their final names bit by bit, the order file is loaded, then the orders changed by people are written;
 * all with the stamp of the run's start. Orders loaded in a run reserve stock that only the next run shows. An order is
 * taken to reserve as soon as it is posted, whatever its status.
 */
export class ScriptedUt {
  readonly base: ScriptedBase
  readonly #options: ScriptedUtOptions
  readonly #changedOrders = new Set<string>()
  #documents: readonly UtDocument[] = []
  #orderMessages = 0

  constructor(options: ScriptedUtOptions) {
    this.#options = options
    this.base = new ScriptedBase(options.base)
  }

  /** The orders as the base holds them now. */
  documents(): readonly UtDocument[] {
    return this.#documents
  }

  /** The order of the site's number. @throws Error when the base has none or several */
  document(number: string): UtDocument {
    const found = this.#documents.filter((document) => document.number === number)
    if (found.length !== 1 || found[0] === undefined) throw new Error(`the base has ${found.length} orders ${number}`)
    return found[0]
  }

  /** A person changes an order in the base; the next run writes it to the site unless the same run loads it. */
  changeOrder(number: string, change: OrderChange): void {
    const before = this.document(number)
    if (change.shipped === true && !before.shipped) this.base.ship(before)
    this.#documents = this.#documents.map((document) => (document === before ? { ...document, ...change } : document))
    this.#changedOrders.add(number)
    for (const { offerId } of before.lines) this.base.registerOffer(offerId)
  }

  /** Loses what is registered for the next delta run, as when a written delta was never read. */
  dropDelta(): void {
    this.base.takeChanges()
  }

  /** One run of the node. @throws the signal's reason when aborted between two chunks */
  async runExchange(run: RunOptions = {}): Promise<RunResult> {
    const stamp = localStamp(this.#options.clock.now(), this.#options.timezone)
    const files = await this.#exportCatalogue(stamp, run)
    const load = await this.#load()
    files.push(...(await this.#exportOrders(stamp, load, run)))
    const { created, refilled, skipped, problems, error } = load
    return {
      ok: error === undefined,
      stamp,
      files,
      created,
      refilled,
      skipped,
      ...(error === undefined ? {} : { error }),
      problems,
    }
  }

  /** In directory mode 1C forgets a change once its file stands on the disk. */
  async #exportCatalogue(stamp: string, run: RunOptions): Promise<string[]> {
    const changes = this.base.takeChanges()
    const files = writeExport(this.base.free(this.#documents), {
      stamp,
      scope: run.scope ?? this.#options.mode,
      changedGoods: changes.goods,
      changedOffers: changes.offers,
      ...(run.priceUpdateOnly === undefined ? {} : { priceUpdateOnly: run.priceUpdateOnly }),
      ...(run.portionSize === undefined ? {} : { portionSize: run.portionSize }),
    })
    const paths: string[] = []
    try {
      for (const { name, text } of files) paths.push(await this.#write(name, text, run.signal))
    } catch (error) {
      this.base.returnChanges(changes)
      throw error
    }
    return paths
  }

  async #load(): Promise<LoadResult> {
    const nothing = { documents: this.#documents, created: [], refilled: [], skipped: [], problems: [] }
    const file = this.#options.ordersFile
    if (file === undefined) return nothing
    if (!existsSync(file)) return { ...nothing, error: 'Файл загрузки не найден' }
    const result = loadOrders(await readFile(file, 'utf8'), this.#documents, {
      base: this.base,
      statuses: this.#options.statuses ?? { 'К выполнению': 'in work' },
      defaultWarehouse: this.#options.defaultWarehouse ?? this.base.model.warehouses[0]?.id ?? '',
    })
    this.#registerReserves(result)
    this.#documents = result.documents
    return result
  }

  /** Where a load changes what an order reserves, before or now, the free stock of its offers has changed. */
  #registerReserves(result: LoadResult): void {
    for (const after of result.documents) {
      const before = this.#documents.find(({ guid }) => guid === after.guid)
      if (before !== undefined && reserveOf(before) === reserveOf(after)) continue
      for (const { offerId } of [...(before?.lines ?? []), ...after.lines]) this.base.registerOffer(offerId)
    }
  }

  /** An order loaded in this run is not written back, and its registration is dropped. */
  async #exportOrders(stamp: string, load: LoadResult, run: RunOptions): Promise<string[]> {
    for (const number of [...load.created, ...load.refilled]) this.#changedOrders.delete(number)
    const changed = this.#documents.filter(({ number }) => this.#changedOrders.has(number))
    if (changed.length === 0) return []
    this.#orderMessages += 1
    const name = `orders-${guidOf('node')}_${this.#orderMessages}.xml`
    const path = await this.#write(name, ordersExport(changed, this.base, stamp), run.signal)
    for (const { number } of changed) this.#changedOrders.delete(number)
    return [path]
  }

  /** 1C writes through a stream into the final name. */
  async #write(name: string, text: string, signal?: AbortSignal): Promise<string> {
    const { exportFolder, chunkBytes = 4096, chunkPause = 0, clock, onChunk } = this.#options
    const folder = join(exportFolder, 'webdata')
    await mkdir(folder, { recursive: true })
    const path = join(folder, name)
    const bytes = Buffer.from(text)
    const handle = await open(path, 'w')
    try {
      for (let at = 0; at < bytes.length; at += chunkBytes) {
        signal?.throwIfAborted()
        await handle.write(bytes.subarray(at, at + chunkBytes))
        await onChunk?.(path)
        await (chunkPause > 0 ? clock.sleep(chunkPause, signal) : nextTurn())
      }
    } finally {
      await handle.close()
    }
    return path
  }
}

/** What an order takes from the free stock, as a text to compare. */
function reserveOf({ warehouseId, cancelled, posted, lines }: UtDocument): string {
  return JSON.stringify([warehouseId, cancelled, posted, lines.map(({ offerId, quantity }) => [offerId, quantity])])
}

/** `yyyy-MM-ddTHH:mm:ss` of a moment in a time zone. */
function localStamp(ms: number, timezone: string): string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' })
  return format.format(ms).replace(' ', 'T')
}

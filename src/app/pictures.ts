import type { ProductEntry } from '../core/catalogue.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import { pictureAddress } from '../core/picture.ts'
import { createBell, type Bell } from '../sources/files/bell.ts'
import { PictureFinder, publishPicture, unpackedPictures, type FoundPicture } from '../sources/files/pictures.ts'
import type { PublishedPicture, PublishedPictures } from '../state/pictures.ts'
import { codeOf } from '../state/disk.ts'
import { archiveWithoutPictures, picturesMissing, type MissingPicture } from '../views/picture-notices.ts'
import type { ExchangeRuntime, Runtime } from './runtime.ts'

/** Everything is looked at anew this often, clock milliseconds: pictures may come later than the products naming them. */
const LOOK_EVERY = 3_600_000
/** A picture that somebody was still writing is looked at again after this, clock milliseconds. */
const LOOK_AGAIN = 60_000
const NO_PICTURE = 'no-picture'
/** Products looked at in one go. */
const BATCH = 500

/** A picture that a product names, and who names it. */
interface Wanted {
  readonly key: string
  readonly product: ProductEntry
  readonly stated: string
}

/**
 * Publishes the pictures of one exchange: what products name is copied from the inboxes under a name made of its content
 * into the folder that a web server serves, because marketplaces fetch pictures by URL. Level-triggered: files only say
 * which products to look at first, and nothing is ever taken back because a picture is missing.
 */
export class Pictures {
  readonly #exchange: ExchangeRuntime
  readonly #runtime: Runtime
  readonly #folder: string
  readonly #published: PublishedPictures
  readonly #bell: Bell
  /** Products to look at soon. */
  #due = new Set<string>()
  /** Every product is to be looked at soon. */
  #all = false
  /** Products of which a picture was still being written. */
  #again = new Set<string>()
  /** When everything is to be looked at next, clock milliseconds. */
  #allDue = 0
  /** By product: what could not be published. */
  readonly #missing = new Map<string, MissingPicture[]>()

  constructor(exchange: ExchangeRuntime, published: PublishedPictures, folder: string, runtime: Runtime) {
    this.#exchange = exchange
    this.#published = published
    this.#folder = folder
    this.#runtime = runtime
    this.#bell = createBell(runtime.clock)
  }

  /** Name of the exchange. */
  get exchange(): string {
    return this.#exchange.config.name
  }

  /** How many pictures products name that could not be published. */
  get missing(): number {
    return [...this.#missing.values()].reduce((sum, pictures) => sum + pictures.length, 0)
  }

  /** How many pictures were published. */
  published(): Promise<number> {
    return this.#published.count()
  }

  /** These products changed: their pictures are looked at at once. */
  hint(productIds: Iterable<string>): void {
    for (const id of productIds) this.#due.add(id)
    if (this.#due.size > 0) this.#bell.ring()
  }

  /** Too many products changed to name them: all are looked at at once. */
  hintAll(): void {
    this.#all = true
    this.#bell.ring()
  }

  /** One turn of the loop: looks at what is due, then waits, until `resting` aborts, for a hint or the next whole look. */
  async turn(resting: AbortSignal, signal: AbortSignal): Promise<void> {
    const { clock } = this.#runtime
    const isHinted = this.#all
    const isWhole = isHinted || clock.now() >= this.#allDue
    this.#all = false
    const due = this.#due
    this.#due = new Set()
    try {
      await this.look(isWhole ? undefined : due, signal)
    } catch (error) {
      for (const id of due) this.#due.add(id)
      this.#all ||= isHinted
      throw error
    }
    if (isWhole) this.#allDue = clock.now() + LOOK_EVERY
    if (this.#due.size > 0 || this.#all) return
    const longest = this.#allDue - clock.now()
    await this.#bell.wait(Math.max(0, this.#again.size > 0 ? Math.min(LOOK_AGAIN, longest) : longest), resting)
    for (const id of this.#again) this.#due.add(id)
    this.#again.clear()
  }

  /**
   * Publishes every picture of an unpacked archive, before the folder goes; what is no picture is left alone. Where that
   * fails a person is told, and the archive goes on: its prices and stocks must not wait for pictures.
   */
  async takeUnpacked(folder: string, archive: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#publishAll(folder, archive, signal)
    } catch (error) {
      if (signal.aborted || isAbort(error)) throw error
      const { log, notifier } = this.#runtime
      log.error({ exchange: this.exchange, file: archive, err: error }, 'pictures of an archive were not published')
      const message = error instanceof Error ? error.message : String(error)
      await notifier.raise(archiveWithoutPictures(this.exchange, archive, this.#folder, message))
    }
  }

  async #publishAll(folder: string, archive: string, signal: AbortSignal): Promise<void> {
    const done: [string, PublishedPicture][] = []
    for await (const { path, name, size, mtimeMs } of unpackedPictures(folder)) {
      signal.throwIfAborted()
      const file = await publishPicture(path, this.#folder, this.#runtime.files, signal)
      const address = pictureAddress(`${archive}!unpacked:1`, name)
      if (file !== undefined && address !== undefined && 'key' in address) {
        done.push([address.key, { file, size, mtimeMs }])
      }
    }
    await this.#published.put(done)
  }

  /** Looks at the pictures of these products, or of all. */
  async look(productIds: ReadonlySet<string> | undefined, signal: AbortSignal): Promise<void> {
    const finder = new PictureFinder(this.#exchange.config.inboxes)
    const seen = new Set<string>()
    for await (const batch of this.#products(productIds)) {
      signal.throwIfAborted()
      for (const { id } of batch) seen.add(id)
      await this.#publish(batch, finder, signal)
    }
    if (productIds === undefined) for (const id of this.#missing.keys()) if (!seen.has(id)) this.#missing.delete(id)
    await this.#tell()
  }

  async *#products(productIds: ReadonlySet<string> | undefined): AsyncIterable<readonly ProductEntry[]> {
    const { catalogue } = this.#exchange
    if (productIds === undefined) {
      yield* catalogue.entries()
      return
    }
    const ids = [...productIds].sort()
    for (let at = 0; at < ids.length; at += BATCH) {
      const entries = await catalogue.getMany(ids.slice(at, at + BATCH))
      yield entries.filter((entry) => entry !== undefined)
    }
  }

  async #publish(products: readonly ProductEntry[], finder: PictureFinder, signal: AbortSignal): Promise<void> {
    const wanted = products.flatMap((product) => this.#wantedBy(product))
    const known = await this.#published.getMany(wanted.map(({ key }) => key))
    const done: [string, PublishedPicture][] = []
    for (const [i, each] of wanted.entries()) {
      const found = await finder.find(each.key)
      const picture = known[i]
      if (found === undefined) {
        // 1C names all pictures and writes only changed ones: what was published once is there.
        if (picture === undefined) this.#note(each, 'missing')
        continue
      }
      if (picture?.size === found.size && picture.mtimeMs === found.mtimeMs) continue
      const file = await this.#copy(found, signal)
      if (file === undefined) this.#again.add(each.product.id)
      else if (file === NO_PICTURE) this.#note(each, NO_PICTURE)
      else done.push([each.key, { file, size: found.size, mtimeMs: found.mtimeMs }])
    }
    await this.#published.put(done)
  }

  #wantedBy(product: ProductEntry): Wanted[] {
    this.#missing.delete(product.id)
    const { facts } = product
    if (facts === undefined || facts.value.deleted || product.removed !== undefined) return []
    return facts.value.images.flatMap((stated) => {
      const address = pictureAddress(facts.place, stated)
      if (address === undefined) this.#note({ key: '', product, stated }, 'outside')
      return address !== undefined && 'key' in address ? [{ key: address.key, product, stated }] : []
    })
  }

  /** Name below the folder, or {@link NO_PICTURE}; undefined when somebody is writing to it: it is looked at again. */
  async #copy(found: FoundPicture, signal: AbortSignal): Promise<string | undefined> {
    try {
      return (await publishPicture(found.path, this.#folder, this.#runtime.files, signal)) ?? NO_PICTURE
    } catch (error) {
      if (isAbort(error) || !isPassing(error)) throw error
      this.#runtime.log.warn(
        { exchange: this.exchange, file: found.path, err: error },
        'picture could not be copied yet',
      )
      return undefined
    }
  }

  #note({ product, stated }: Wanted, why: MissingPicture['why']): void {
    const { name = '', article = '' } = product.facts?.value ?? {}
    const missing = { productId: product.id, name, article, picture: stated, why }
    this.#missing.set(product.id, [...(this.#missing.get(product.id) ?? []), missing])
  }

  async #tell(): Promise<void> {
    const { notifier } = this.#runtime
    const notice = picturesMissing(this.exchange, [...this.#missing.values()].flat(), this.#exchange.config.inboxes)
    if (this.#missing.size > 0) await notifier.raise(notice)
    else await notifier.resolve(notice.cause, 'Все картинки, на которые ссылается 1С, найдены.')
  }
}

/** What another program does to the file while we read it. */
function isPassing(error: unknown): boolean {
  if (error instanceof ObmenError) return error.kind === 'transient'
  return ['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(codeOf(error))
}

import type { ProductEntry } from '../core/catalogue.ts'
import { pictureAddress } from '../core/picture.ts'
import type { Namespace, Store } from './store.ts'

/** A picture that was published: what of, and under which name. */
export interface PublishedPicture {
  /** Path below the folder of published pictures, named after the content: `3f/3f9c….jpg`. */
  readonly file: string
  /** Bytes and time of modification of the original when it was copied. */
  readonly size: number
  readonly mtimeMs: number
}

/** Which pictures of an exchange were published, by their path below the inbox ({@link pictureAddress}). */
export class PublishedPictures {
  readonly #store: Store
  readonly #pictures: Namespace<PublishedPicture>

  constructor(store: Store, exchange: string) {
    this.#store = store
    this.#pictures = store.namespace(`pictures.${exchange}`)
  }

  getMany(keys: readonly string[]): Promise<(PublishedPicture | undefined)[]> {
    return this.#pictures.getMany(keys)
  }

  count(): Promise<number> {
    return this.#pictures.count()
  }

  /** Durable when it resolves; the file itself must be in its place before. */
  async put(pictures: readonly (readonly [key: string, picture: PublishedPicture])[]): Promise<void> {
    if (pictures.length > 0) await this.#store.commit([{ namespace: this.#pictures.name, set: pictures }])
  }

  /** Addresses for a marketplace, in 1C's order (the main picture first), those that are not published left out. */
  async urlsOf(product: ProductEntry, baseUrl: string): Promise<string[]> {
    const { facts } = product
    if (facts === undefined) return []
    const addresses = facts.value.images.map((stated) => pictureAddress(facts.place, stated))
    const keys = addresses.flatMap((address) => (address !== undefined && 'key' in address ? [address.key] : []))
    const published = await this.getMany(keys)
    const byKey = new Map(keys.map((key, i) => [key, published[i]]))
    const urls = addresses.flatMap((address) => {
      if (address === undefined) return []
      if ('url' in address) return [address.url]
      const picture = byKey.get(address.key)
      return picture === undefined ? [] : [`${baseUrl}/${picture.file}`]
    })
    return [...new Set(urls)]
  }
}

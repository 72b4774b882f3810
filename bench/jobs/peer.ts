import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { job, stopwatch, type Elapsed } from './job.ts'

/** What the product is measured beside. */
export type PeerName = 'fast-xml-parser' | 'commerceml-parser' | 'commerceml-js'

/** One set, read by one peer. */
export interface PeerInput {
  readonly peer: PeerName
  /** Any file in the folder whose `node_modules` hold the peers. */
  readonly manifest: string
  readonly goodsFile: string
  readonly offersFile: string
}

/** What the peer found, and how long it took. */
export interface PeerResult extends Elapsed {
  readonly goods: number
  readonly offers: number
}

interface Counts {
  goods: number
  offers: number
}

await job(async ({ peer, manifest, goodsFile, offersFile }: PeerInput): Promise<PeerResult> => {
  const load = createRequire(manifest)
  const counts: Counts = { goods: 0, offers: 0 }
  const elapsed = stopwatch()
  if (peer === 'fast-xml-parser') {
    const { XMLParser } = load('fast-xml-parser') as FastXmlParser
    counts.goods = await wholeFile(goodsFile, XMLParser, ['Каталог', 'Товары', 'Товар'])
    counts.offers = await wholeFile(offersFile, XMLParser, ['ПакетПредложений', 'Предложения', 'Предложение'])
  } else if (peer === 'commerceml-parser') {
    await commercemlParser(load('commerceml-parser') as CommercemlParser, goodsFile, offersFile, counts)
  } else {
    const { createStream } = load('commerceml-js') as CommercemlJs
    await piped(
      goodsFile,
      createStream('import').on('product', () => counts.goods++),
    )
    await piped(
      offersFile,
      createStream('offers').on('offer', () => counts.offers++),
    )
  }
  return { ...elapsed(), ...counts }
})

interface FastXmlParser {
  XMLParser: new (options: object) => { parse(text: string): unknown }
}

/** The whole file as one text and one object. */
async function wholeFile(path: string, Parser: FastXmlParser['XMLParser'], names: readonly string[]): Promise<number> {
  const tree = new Parser({ ignoreAttributes: false }).parse(await readFile(path, 'utf8'))
  const found = ['КоммерческаяИнформация', ...names].reduce<unknown>(
    (node, name) => (node as Record<string, unknown> | undefined)?.[name],
    tree,
  )
  return Array.isArray(found) ? found.length : found === undefined ? 0 : 1
}

interface ParserOf<E extends string> {
  new (): Record<E, (callback: () => void) => void> & { parse(stream: NodeJS.ReadableStream): Promise<void> }
}

interface CommercemlParser {
  CommerceMlImportParser: ParserOf<'onProduct'>
  CommerceMlOffersParser: ParserOf<'onOffer'>
}

async function commercemlParser(
  { CommerceMlImportParser, CommerceMlOffersParser }: CommercemlParser,
  goodsFile: string,
  offersFile: string,
  counts: Counts,
): Promise<void> {
  const goods = new CommerceMlImportParser()
  goods.onProduct(() => counts.goods++)
  await goods.parse(createReadStream(goodsFile))
  const offers = new CommerceMlOffersParser()
  offers.onOffer(() => counts.offers++)
  await offers.parse(createReadStream(offersFile))
}

interface CommercemlJs {
  createStream: (kind: 'import' | 'offers') => NodeJS.WritableStream
}

async function piped(path: string, stream: NodeJS.WritableStream): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => stream.once('end', resolve).once('error', reject))
  createReadStream(path).pipe(stream)
  await ended
}

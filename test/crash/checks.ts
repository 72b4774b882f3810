import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LedgerEntry } from '../../src/core/ledger.ts'
import { createFiles } from '../../src/state/disk.ts'
import { openHistory, type HistoryCursor, type HistoryEntry } from '../../src/state/history.ts'
import { readerOf, type LedgerLine, type RequestLine } from '../e2e/project.ts'
import { BROKEN, idOf, isOpenInFile, type Story } from './facts.ts'
import type { Supervisor } from './supervisor.ts'
import type { WriteRequest } from './witness.ts'

/** What one story came to. */
export interface Figures {
  /** Requests that said again what the one before had said. */
  readonly repeats: number
  /** Writes whose reply was lost. */
  readonly lostReplies: number
  readonly writes: number
}

/** Judges everything that must hold when the service has stopped; what does not goes into `violations`. */
export async function checkEnd(story: Story, service: Supervisor, violations: string[]): Promise<Figures> {
  story.orderFile.look()
  violations.push(...story.orderFile.violations)
  violations.push(...(await checkFiles(story)))
  violations.push(...checkOrders(story))
  violations.push(...(await checkNumbers(story)))
  const believed = await readPrices(story)
  violations.push(...(await checkJournals(story, believed)))
  const requests = await story.ozon.requests()
  const ledger = await story.ozon.ledger()
  violations.push(...checkOrderOfValues(story, ledger))
  violations.push(...checkBelief(story, believed))
  const { repeats, unexcused } = findRepeats(story, service, requests)
  violations.push(...unexcused)
  const writes = story.requests.writes
  const lostReplies = writes.filter(({ index }) => isLost(requests[index])).length
  return { repeats, lostReplies, writes: writes.length }
}

/** Every input file in exactly one place, whole; nothing in work; the broken one, and only it, in quarantine. */
async function checkFiles({ root, dropped }: Story): Promise<string[]> {
  const violations: string[] = []
  const places = new Map<string, string[]>()
  for (const place of [join('1c', 'offers'), 'work', 'archive', 'quarantine']) {
    for (const name of await filesBelow(join(root, place))) {
      if (!name.endsWith('.xml')) {
        if (place === 'work' || (place !== 'quarantine' && name.endsWith('.tmp'))) {
          violations.push(`${place} holds ${name}`)
        }
        continue
      }
      const text = await readFile(join(root, place, name), 'utf8')
      const stamp = /ДатаФормирования="([^"]*)"/.exec(text)?.[1] ?? ''
      const key = `${stamp}/${name.split(/[\\/]/).at(-1) ?? ''}`
      places.set(key, [...(places.get(key) ?? []), place])
      if (!text.endsWith('</КоммерческаяИнформация>')) violations.push(`${place}/${name} is not whole`)
    }
  }
  for (const key of dropped) {
    const expected = key.endsWith(BROKEN) ? 'quarantine' : 'archive'
    const found = places.get(key) ?? []
    if (found.join() !== expected)
      violations.push(`${key} lies in ${found.join(' and ') || 'no place'}, not in ${expected}`)
  }
  for (const key of places.keys()) if (!dropped.has(key)) violations.push(`nobody dropped ${key}`)
  const orders = (await readdir(join(root, '1c', 'orders'))).filter((name) => name !== 'orders.xml')
  if (orders.length > 0) violations.push(`beside orders.xml lies ${orders.join(', ')}`)
  return violations
}

/** 1C holds every open order that it could load, once, with its lines; the file holds what it must. */
function checkOrders(story: Story): string[] {
  const violations: string[] = []
  const documents = story.ut.documents()
  for (const posting of story.postings) {
    const found = documents.filter(({ siteId }) => siteId === idOf(posting))
    if (found.length > 1) violations.push(`1C holds ${found.length} orders of ${posting.number}`)
    if (posting.cancelled === isOpenInFile(story, posting)) {
      violations.push(`posting ${posting.number} is ${posting.cancelled ? '' : 'not '}open in orders.xml`)
    }
    const [document] = found
    if (document === undefined) continue
    const lines = document.lines.map(({ offerId, quantity }) => `${offerId} × ${quantity}`).join()
    const wanted = posting.lines.map(({ offer, quantity }) => `${offer.id} × ${quantity}`).join()
    if (lines !== wanted) violations.push(`1C's order of ${posting.number} has ${lines}, not ${wanted}`)
  }
  const numbers = documents.map(({ number }) => number)
  if (new Set(numbers).size !== numbers.length) violations.push(`1C holds a number twice: ${numbers.join()}`)
  return violations
}

/** No number twice, no posting with two. */
async function checkNumbers({ root, orderFile, postings }: Story): Promise<string[]> {
  const [header, ...rows] = (await readFile(join(root, 'state', 'numbers.csv'), 'utf8')).trimEnd().split('\n')
  const violations =
    header === 'at,exchange,account,posting,number,counter' ? [] : [`numbers.csv begins with ${header}`]
  const given = new Map<string, string>()
  for (const row of rows) {
    const [, , , posting = '', number = ''] = row.split(',')
    if (given.has(posting)) violations.push(`numbers.csv: posting ${posting} has two numbers`)
    if ([...given.values()].includes(number)) violations.push(`numbers.csv: number ${number} was given twice`)
    given.set(posting, number)
  }
  for (const { id, number } of orderFile.orders) {
    const posting = postings.find((each) => idOf(each) === id)
    const journal = given.get(posting?.number ?? '')
    if (journal !== number) violations.push(`orders.xml: ${id} has ${number}, the journal says ${journal ?? 'nothing'}`)
  }
  return violations
}

/** Journals and outbox are readable, and the history knows every value that counts as settled in the end. */
async function checkJournals({ root, desired, mails }: Story, believed: readonly Believed[]): Promise<string[]> {
  const violations: string[] = []
  const state = join(root, 'state')
  for (const name of await filesBelow(join(state, 'outbox'))) {
    if (!name.endsWith('.json')) continue
    const text = await readFile(join(state, 'outbox', name), 'utf8')
    if (!isJson(text)) violations.push(`outbox/${name} is no JSON`)
  }
  if (!mails.some(({ subject, text }) => `${subject}\n${text}`.includes(BROKEN))) {
    violations.push(`nobody was told of ${BROKEN}`)
  }
  const lastPrice = new Map<string, number>()
  try {
    for (const entry of await readHistory(join(state, 'history'))) {
      const { event, aspect, state: outcome, offerId, value } = entry
      if (event !== 'write' || aspect !== 'prices' || outcome !== 'accepted') continue
      lastPrice.set(String(offerId), Number((value as { price: string }).price))
    }
  } catch (error) {
    violations.push(`the history cannot be read: ${(error as Error).message}`)
  }
  // A reply that a stop or a kill cut off leaves the attempt open: the value is stated again, and told of, next time.
  for (const { offerId, settled } of believed) {
    const [known, desiredPrice] = [lastPrice.get(offerId), desired.prices.get(offerId)?.at(-1)]
    if (settled && known !== desiredPrice)
      violations.push(`the history last says ${known ?? 'nothing'} of ${offerId}, not ${String(desiredPrice)}`)
  }
  return violations
}

async function readHistory(folder: string): Promise<HistoryEntry[]> {
  const history = openHistory(folder, createFiles())
  const entries: HistoryEntry[] = []
  for (let cursor: HistoryCursor | undefined; ;) {
    const page = await history.readSince(cursor)
    entries.push(...page.entries)
    cursor = page.next
    if (!page.more) return entries
  }
}

/** What Ozon accepted of a key goes through the desired values in their order, never back. */
function checkOrderOfValues({ desired, postings }: Story, ledger: readonly LedgerLine[]): string[] {
  const ordered = new Set(postings.flatMap(({ lines }) => lines.map(({ offer }) => offer.offerId)))
  const violations: string[] = []
  const at = new Map<string, number>()
  for (const { seq, aspect, offerId, warehouseId, value } of ledger) {
    // Orders move a stock by themselves, at moments of their own.
    if (aspect === 'stocks' && ordered.has(offerId)) continue
    const key = aspect === 'prices' ? offerId : `${offerId} ${String(warehouseId)}`
    const amount = aspect === 'prices' ? Number((value as { price: string }).price) : Number(value)
    const values = desired[aspect].get(key) ?? []
    const from = at.get(`${aspect} ${key}`) ?? 0
    const next = values.indexOf(amount, from)
    if (next < 0)
      violations.push(
        `line ${seq} of the ledger: ${aspect} ${key} = ${amount} after ${String(values[from])} of ${values.join(' → ')}`,
      )
    else at.set(`${aspect} ${key}`, next)
  }
  return violations
}

/** What the service's ledger says of one price. */
interface Believed {
  readonly offerId: string
  /** Accepted, and no attempt is open. */
  readonly settled: boolean
  readonly price: number
}

async function readPrices({ root }: Story): Promise<Believed[]> {
  const store = await readerOf(root)
  const believed: Believed[] = []
  try {
    const identity = await identityOf(root)
    for await (const [, entry] of store.namespace<LedgerEntry>(await ledgerOf(root)).entries()) {
      const price = Number((entry.accepted?.value as { price: string } | undefined)?.price)
      believed.push({ offerId: identity.get(entry.itemId) ?? '', settled: entry.attempt === undefined, price })
    }
  } finally {
    await store.close()
  }
  return believed
}

/** The service's ledger never believes what is not so: what counts as accepted and settled is what Ozon holds. */
function checkBelief({ desired }: Story, believed: readonly Believed[]): string[] {
  const unknown = [...desired.prices.keys()].filter((offerId) => !believed.some((each) => each.offerId === offerId))
  const violations = unknown.map((offerId) => `the ledger knows nothing of ${offerId}`)
  for (const { offerId, settled, price } of believed) {
    const desiredPrice = desired.prices.get(offerId)?.at(-1)
    if (settled && price !== desiredPrice) {
      violations.push(`the ledger believes in ${price} for ${offerId}, Ozon holds ${String(desiredPrice)}`)
    }
  }
  return violations
}

/** Item → article, from the journal. */
async function identityOf(root: string): Promise<Map<string, string>> {
  const names = await readdir(join(root, 'state'))
  const file = names.find((name) => name.startsWith('identity-ozon-main')) ?? ''
  const [header = '', ...rows] = (await readFile(join(root, 'state', file), 'utf8')).trimEnd().split('\n')
  const columns = header.split(',')
  const [item, offer] = [columns.indexOf('item'), columns.indexOf('offer_id')]
  return new Map(rows.map((row) => row.split(',')).map((cells) => [cells[item] ?? '', cells[offer] ?? '']))
}

async function ledgerOf(root: string): Promise<string> {
  const names = await readdir(join(root, 'state'))
  const id = /^identity-ozon-main\.(.*)\.csv$/.exec(names.find((name) => name.startsWith('identity-')) ?? '')?.[1] ?? ''
  return `ledger.ozon-main.prices.${id}`
}

/**
 * Values that were stated again although nothing had changed. Allowed are those whose statement before was the last
 * batch of its aspect in a process that was killed, or whose reply was lost, or that an order moved meanwhile, or that
 * Ozon had refused for now.
 */
function findRepeats(
  { requests: witness, postings }: Story,
  service: Supervisor,
  requests: readonly RequestLine[],
): { readonly repeats: number; readonly unexcused: string[] } {
  const ordered = new Set(postings.flatMap(({ lines }) => lines.map(({ offer }) => offer.offerId)))
  const lastOfProcess = new Map<string, number>()
  for (const { aspect, process, index } of witness.writes) lastOfProcess.set(`${aspect} ${process}`, index)
  const isCutShort = ({ aspect, process, index }: WriteRequest): boolean =>
    service.killed.has(process) && lastOfProcess.get(`${aspect} ${process}`) === index
  const before = new Map<string, { readonly write: WriteRequest; readonly value: number }>()
  const repeating = new Set<number>()
  const unexcused: string[] = []
  for (const write of witness.writes) {
    if (requests[write.index]?.status !== 200) continue
    for (const { key, value } of write.items) {
      const name = `${write.aspect} ${key}`
      const known = before.get(name)
      before.set(name, { write, value })
      if (known?.value !== value || (write.aspect === 'stocks' && ordered.has(key.split(' ')[0] ?? ''))) continue
      repeating.add(write.index)
      if (!isCutShort(known.write) && !isLost(requests[known.write.index])) {
        unexcused.push(`${name} = ${value} was sent by request ${known.write.index} and again by ${write.index}`)
      }
    }
  }
  return { repeats: repeating.size, unexcused }
}

/** True when a request was carried out and its reply was sent. */
export function isAnswered(request: RequestLine | undefined): boolean {
  return request?.status === 200 && !isLost(request)
}

function isLost(request: RequestLine | undefined): boolean {
  return (request as { readonly fault?: string } | undefined)?.fault === 'lostReply'
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

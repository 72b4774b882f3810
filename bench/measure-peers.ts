import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { attempt, timed } from './attempt.ts'
import { BENCH, type Workshop } from './folders.ts'
import type { Elapsed } from './jobs/job.ts'
import type { PeerInput, PeerName, PeerResult } from './jobs/peer.ts'
import type { WorkbookInput } from './jobs/workbook.ts'
import type { Figure } from './results.ts'
import { megabytesOf, type Workload } from './workload.ts'

const PEERS: readonly PeerName[] = ['fast-xml-parser', 'commerceml-parser', 'commerceml-js']

/** V8 gives a process some 4 GB; a whole tree of such a file needs more, and a peer shall not fail for that. */
const PEER_HEAP = '--max-old-space-size=16384'

/** A workbook of so many rows × 12, through our writer and through the bare library. */
export async function measureWorkbooks(rows: number, shop: Workshop): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [writer, title] of [
    ['ours', `Excel ${rows} × 12`],
    ['bare', 'exceljs stream writer alone'],
  ] as const) {
    shop.say(title)
    const done = await attempt<Elapsed>(shop, 'workbook', {
      folder: shop.folder,
      rows,
      writer,
    } satisfies WorkbookInput)
    figures.push({ id: `excel-${writer}`, title, ...timed(done, (result) => result), note: done.note })
  }
  return figures
}

/** What others need for the first set, and what `grep -c` needs for it. */
export async function measurePeers(load: Workload, withPeers: boolean, shop: Workshop): Promise<Figure[]> {
  const [goodsFile, offersFile] = load.first.map(({ path }) => path)
  if (goodsFile === undefined || offersFile === undefined) return []
  const megabytes = megabytesOf(load.first)
  const figures = [grep([goodsFile, offersFile], megabytes)]
  for (const peer of withPeers ? PEERS : []) {
    shop.say(peer)
    const input: PeerInput = { peer, manifest: join(BENCH, 'package.json'), goodsFile, offersFile }
    const done = await attempt<PeerResult>(shop, 'peer', input, [PEER_HEAP])
    const { result } = done
    const isWhole = result?.goods === load.goods && result.offers === load.goods
    const found = result === undefined ? done.note : `${result.goods} goods, ${result.offers} offers`
    figures.push({
      id: peer,
      title: peer === 'fast-xml-parser' ? 'fast-xml-parser, whole file' : peer,
      ...timed(done, (result) => result),
      megabytes,
      note: result === undefined || isWhole ? found : `${found} of ${load.goods} each: not a result`,
      ...(isWhole ? {} : { isPart: true }),
    })
  }
  return figures
}

function grep(paths: readonly string[], megabytes: number): Figure {
  const figure = { id: 'grep', title: 'grep -c', megabytes }
  const started = performance.now()
  const done = spawnSync('grep', ['-c', '-e', '<Товар>', '-e', '<Предложение>', ...paths], {
    env: { ...process.env, LC_ALL: 'C' },
    encoding: 'utf8',
  })
  const ms = performance.now() - started
  if (done.error !== undefined) return { ...figure, note: `failed: ${done.error.message}` }
  const counts = done.stdout.split('\n').flatMap((line) => /:(\d+)$/.exec(line)?.[1] ?? [])
  return { ...figure, ms, note: `${counts.join(' and ')} lines` }
}

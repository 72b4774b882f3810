import { exportOf, type Producer } from '../../fixtures/families.ts'
import { generatedBase } from '../../fixtures/generated-base.ts'
import { createRandom, type Random } from '../../fixtures/random.ts'
import { statedGoods } from '../../fixtures/stated.ts'
import { offerIdOf, type BaseModel } from '../../fixtures/ut-base.ts'
import { zipOf } from '../../src/formats/zip/test-support.ts'
import type { CorpusFile } from './corpus.ts'
import { mutate, pickMutations } from './mutations.ts'

/** Two full runs of one base: the second leaves something out, and something is wrong with its files. */
export interface SetPlan {
  readonly first: readonly CorpusFile[]
  /** As they come, in this order. */
  readonly second: readonly CorpusFile[]
  /** Ids of the goods and offers that the second run was to leave out. */
  readonly leftOut: ReadonlySet<string>
  /** The runs are cut into portions. */
  readonly isCut: boolean
  /** What happened on the way: `missing`, `mutated`, `zipped`, `mutated-zip`, `shuffled`. */
  readonly acts: readonly string[]
}

/** The plan of a seed: the same for the same corpus, which only gives bytes to splices. */
export function setPlanOf(seed: number, corpus: readonly CorpusFile[]): SetPlan {
  const random = createRandom(seed)
  const producer = random.pick<Producer>(['A', 'A', 'B'])
  const base = generatedBase(8 + random.below(20), 1 + random.below(1_000))
  const gone = random.below(Math.max(1, base.goods.length - 1))
  const rest = { ...base, goods: base.goods.slice(gone) }
  const cut = random.below(3) === 0 ? {} : { portionSize: 1 + random.below(6) }
  const first = filesOf(producer, base, { stamp: '2026-11-22T14:00:00', ...cut })
  const acts = new Set<string>()
  let second = filesOf(producer, rest, { stamp: '2026-11-22T14:10:00', ...cut })
  if (random.below(3) > 0) second = second.flatMap((file) => spoiled(file, random, corpus, acts))
  if (random.below(3) === 0) {
    acts.add('shuffled')
    second = shuffled(second, random)
  }
  if (random.below(3) === 0 && second.length > 0) {
    acts.add('zipped')
    const packed = zipOf(second.map(({ name, bytes }) => ({ name, text: bytes })))
    const bytes = random.below(2) === 0 ? packed : mutated(packed, random, corpus)
    if (!bytes.equals(packed)) acts.add('mutated-zip')
    second = [{ name: 'webdata.zip', bytes }]
  }
  const isCut = 'portionSize' in cut
  return { first, second, leftOut: idsOf({ ...base, goods: base.goods.slice(0, gone) }), isCut, acts: [...acts] }
}

function filesOf(producer: Producer, base: BaseModel, run: { stamp: string; portionSize?: number }): CorpusFile[] {
  const files = exportOf(producer, base, statedGoods(base, { scope: 'full' }), { ...run, scope: 'full' })
  return files.map(({ name, pieces }) => ({ name, bytes: Buffer.from([...pieces].join('')) }))
}

/** A file as it comes: mostly as it is, else changed, or never. */
function spoiled(file: CorpusFile, random: Random, corpus: readonly CorpusFile[], acts: Set<string>): CorpusFile[] {
  const fate = random.below(8)
  if (fate === 0) {
    acts.add('missing')
    return []
  }
  if (fate > 2) return [file]
  const bytes = mutated(file.bytes, random, corpus)
  if (!bytes.equals(file.bytes)) acts.add('mutated')
  return [{ ...file, bytes }]
}

function mutated(bytes: Buffer, random: Random, corpus: readonly CorpusFile[]): Buffer {
  return pickMutations(random).reduce((all, { kind, seed }) => mutate(all, kind, createRandom(seed), corpus), bytes)
}

function shuffled<T>(of: readonly T[], random: Random): T[] {
  const left = [...of]
  return of.map(() => left.splice(random.below(left.length), 1)[0] as T)
}

function idsOf({ goods }: BaseModel): ReadonlySet<string> {
  return new Set(goods.flatMap((good) => [good.id, ...good.variants.map((variant) => offerIdOf(good, variant))]))
}

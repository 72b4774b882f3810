import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { createClock } from '../../src/core/clock.ts'
import { startOzonSimulator, type OzonSimulator } from '../../src/simulator/ozon/index.ts'
import { buildProduct, type Product } from './product.ts'

/** What passes that are killed need; filled before the tests of a file, gone after them. */
export interface Bench {
  product: Product
  simulator: OzonSimulator
  /** For the projects; empty at first. */
  folder: string
}

/** Declares a bench for the tests of a file. */
export function useBench(name: string): Bench {
  const bench = {} as Bench
  beforeAll(async () => {
    bench.product = await buildProduct()
    bench.simulator = await startOzonSimulator({ port: 0, clock: createClock() })
    bench.folder = await mkdtemp(join(tmpdir(), `obmen-crash-${name}-`))
  })
  afterAll(async () => {
    await bench.simulator.close()
    await bench.product.remove()
    await rm(bench.folder, { recursive: true, force: true })
  })
  return bench
}

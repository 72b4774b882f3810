import { join } from 'node:path'
import type { Runtime } from '../../src/app/runtime.ts'
import type { Outcome, WriteItem } from '../../src/core/marketplace.ts'
import type { ItemPipeline } from '../../src/pipeline/item-pipeline.ts'
import { approve } from '../../src/state/approvals.ts'

/** Lets every account write, and answers in the marketplace's place: everything is accepted at once. */
export async function acceptEverything(runtime: Runtime, onRequest: (items: number) => void): Promise<void> {
  const { config, files, clock } = runtime
  for (const account of runtime.accounts.values()) {
    const mark = runtime.markOf(account)
    await approve(join(config.folders.state, 'approvals.csv'), files, { ...mark, at: clock.now(), by: 'bench' })
    const names = [...account.parts.config.warehouses.keys()]
    account.setWarehouses(names.map((name, index) => ({ id: String(index + 1), name, active: true })))
    for (const aspect of account.parts.aspects.values()) {
      const { writer } = aspect
      // Nobody can be asked what the cards hold.
      Object.assign(aspect, { readBack: undefined })
      const write = (items: readonly WriteItem<unknown>[]): Promise<Outcome[]> => {
        onRequest(items.length)
        return Promise.resolve(items.map(({ key }) => ({ key, state: 'accepted' as const })))
      }
      Object.assign(writer, { write })
    }
  }
}

/** The pipeline of an aspect. */
export function pipelineOf(runtime: Runtime, aspect: 'prices' | 'stocks'): ItemPipeline {
  const found = runtime.itemPipelines.find((pipeline) => pipeline.aspect.aspect === aspect)
  if (found === undefined) throw new Error(`the shipped configuration has no pipeline for ${aspect}`)
  return found
}

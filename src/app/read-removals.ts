import { join } from 'node:path'
import type { Config, PipelineConfig } from '../config/model.ts'
import { readRemovalDecisions } from '../state/removal-decisions.ts'
import { Sets } from '../state/sets.ts'
import type { HeldRemovals } from '../views/held-removals.ts'
import { decisionOn, DECISIONS } from './decisions.ts'
import { withStore } from './read-store.ts'

/** Pipelines that take the files of 1C: what a full export left out can be held there. */
export function ingestPipelines(config: Config): readonly PipelineConfig[] {
  return config.pipelines.filter((pipeline) => pipeline.from.kind === 'exchange')
}

/** Conclusions that are held, of one pipeline or of all; none while no service has run. */
export async function readHeldRemovals(config: Config, pipelineName?: string): Promise<readonly HeldRemovals[]> {
  const pipelines = ingestPipelines(config).filter(({ name }) => pipelineName === undefined || name === pipelineName)
  if (pipelines.length === 0) return []
  const decisions = await readRemovalDecisions(join(config.folders.state, DECISIONS.removals))
  const found = await withStore(config, async (store) => {
    const held: HeldRemovals[] = []
    for (const { name: pipeline, from } of pipelines) {
      if (from.kind !== 'exchange') continue
      const { exchange } = from
      const conclusions = await new Sets(store, exchange).conclusions()
      for (const each of conclusions.filter(({ state }) => state === 'held')) {
        const { id, inbox, catalogue, asOf, at: since, sample, gone } = each
        const decided = decisionOn(each, exchange, decisions)?.decision
        const [products, offers] = [countsOf(gone.import), countsOf(gone.offers)]
        const of = { pipeline, exchange, id, inbox, catalogue, asOf, since, products, offers, sample }
        held.push(decided === undefined ? of : { ...of, decided })
      }
    }
    return held
  })
  return found ?? []
}

function countsOf({ count, before }: { readonly count: number; readonly before: number }): {
  count: number
  before: number
} {
  return { count, before }
}

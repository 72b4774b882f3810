import { join } from 'node:path'
import type { Config, PipelineConfig } from '../config/model.ts'
import { splitOfferId } from '../core/catalogue.ts'
import type { Attempt, LedgerEntry } from '../core/ledger.ts'
import { Catalogue } from '../state/catalogue.ts'
import { readDecisions, type Decision } from '../state/decisions.ts'
import { createFiles } from '../state/disk.ts'
import { openIdentity } from '../state/identity.ts'
import type { Store } from '../state/store.ts'
import type { HeldValue } from '../views/held.ts'
import { DECISIONS } from './decisions.ts'
import { connectorOf } from './probe.ts'
import { withStore } from './read-store.ts'
import { accountNamespace, factsKey, identityFile, type AccountFacts } from './runtime.ts'

type HeldEntry = LedgerEntry & { readonly attempt: Attempt }

/** Pipelines that send to a marketplace: values of these can be held. */
export function sendingPipelines(config: Config): readonly PipelineConfig[] {
  return config.pipelines.filter((pipeline) => pipeline.from.kind === 'catalogue')
}

/** Values that guards hold, of one pipeline or of all; none while no service has run. */
export async function readHeld(config: Config, pipelineName?: string): Promise<readonly HeldValue[]> {
  const pipelines = sendingPipelines(config).filter(({ name }) => pipelineName === undefined || name === pipelineName)
  const { decisions } = await readDecisions(join(config.folders.state, DECISIONS.held))
  const found = await withStore(config, async (store) => {
    const held: HeldValue[] = []
    for (const pipeline of pipelines) held.push(...(await heldOf(pipeline, config, store, decisions)))
    return held
  })
  return found ?? []
}

async function heldOf(
  pipeline: PipelineConfig,
  config: Config,
  store: Store,
  decisions: readonly Decision[],
): Promise<HeldValue[]> {
  const { account: accountName = '', aspect = 'prices' } = pipeline.to
  const account = config.accounts.get(accountName)
  if (account === undefined) return []
  const connector = connectorOf(account)
  await connector.close()
  const entries: [string, HeldEntry][] = []
  const ledger = store.namespace<LedgerEntry>(accountNamespace('ledger', connector, aspect))
  for await (const [key, { attempt, ...entry }] of ledger.entries()) {
    if (attempt?.state === 'held') entries.push([key, { ...entry, attempt }])
  }
  const identity = await openIdentity(identityFile(config.folders.state, connector), createFiles())
  const facts = await store.namespace<AccountFacts>('accounts').get(factsKey(connector))
  const productIds = [...new Set(entries.map(([, { itemId }]) => splitOfferId(itemId).productId))]
  const found = await new Catalogue(store, account.exchange).getMany(productIds)
  const products = new Map(productIds.map((id, i) => [id, found[i]]))
  const mine = decisions.filter((each) => each.account === accountName && each.aspect === aspect)
  const latest = new Map(mine.map((decision) => [decision.key, decision]))
  return entries.map(([key, { itemId, warehouseId, accepted, attempt }]): HeldValue => {
    const { productId, variant } = splitOfferId(itemId)
    const product = products.get(productId)
    const offer = product?.variants[variant]?.facts?.value
    const offerId = identity.offerIdOf(itemId)
    const decided = latest.get(key)
    const waits = decided?.fingerprint === attempt.fingerprint && decided.at >= attempt.at
    return {
      pipeline: pipeline.name,
      account: accountName,
      aspect,
      key,
      fingerprint: attempt.fingerprint,
      itemId,
      ...(offerId === undefined ? {} : { offerId }),
      article: offer?.article || (product?.facts?.value.article ?? ''),
      name: offer?.name ?? product?.facts?.value.name ?? '',
      ...(warehouseId === undefined
        ? {}
        : { warehouse: facts?.warehouses?.find((each) => each.id === warehouseId)?.name ?? warehouseId }),
      ...(accepted === undefined ? {} : { before: accepted.value }),
      ...(attempt.value === undefined ? {} : { value: attempt.value }),
      reason: attempt.reason ?? { code: '', message: '' },
      since: attempt.at,
      ...(waits ? { decided: decided.decision } : {}),
    }
  })
}

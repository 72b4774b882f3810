import { join } from 'node:path'
import { LANES } from '../pipeline/flows.ts'
import type { ConfigVersions, ServiceStatus } from '../views/status.ts'
import type { ItemsOut } from './items-out.ts'
import type { OrdersOut } from './orders-out.ts'
import type { Pictures } from './pictures.ts'
import type { Runtime } from './runtime.ts'

/** The parts of a service that know what the store does not. */
export interface StatusSource {
  readonly runtime: Runtime
  readonly items: readonly ItemsOut[]
  readonly orders: readonly OrdersOut[]
  readonly pictures: readonly Pictures[]
  readonly versions: () => ConfigVersions
}

/** What a running service knows and the store does not: plans, connectors, last looks. `obmen status` reads it. */
export class StatusFile {
  /** Clock milliseconds between two looks at what changed. */
  static readonly every = 5_000
  readonly #service: StatusSource
  #last = ''

  constructor(service: StatusSource) {
    this.#service = service
  }

  /** Writes `state/status.json` when something changed since the last time. */
  async write(): Promise<void> {
    const { runtime } = this.#service
    const status = await this.#status()
    const { at: _, ...rest } = status
    const text = JSON.stringify(rest)
    if (text === this.#last) return
    this.#last = text
    await runtime.files.writeAtomic(
      join(runtime.config.folders.state, 'status.json'),
      `${JSON.stringify(status, null, 2)}\n`,
    )
  }

  async #status(): Promise<ServiceStatus> {
    const { runtime, items, orders, pictures, versions } = this.#service
    const accounts = await Promise.all(
      [...runtime.accounts.values()].map(async (account) => ({
        name: account.name,
        marketplace: account.parts.connector.title,
        approved: await runtime.isApproved(account),
        health: account.parts.connector.health(),
        limits: account.parts.connector.limits(),
        warehouses: (account.warehouses ?? []).map((warehouse) => warehouse.name),
      })),
    )
    return {
      at: runtime.clock.now(),
      pid: process.pid,
      config: versions(),
      accounts,
      pipelines: items.map(({ pipeline, stopped, waitingSince, lastChange }) => ({
        name: pipeline.config.name,
        account: pipeline.account.name,
        aspect: pipeline.aspect.aspect,
        plan: Object.fromEntries(LANES.map((lane) => [lane, pipeline.aspect.plan.counts()[lane]])),
        due: pipeline.aspect.plan.due(runtime.clock.now()),
        ...(waitingSince === undefined ? {} : { waitingSince }),
        ...(pipeline.config.fresh === undefined ? {} : { fresh: pipeline.config.fresh }),
        ...(lastChange === undefined ? {} : { lastChange }),
        population: pipeline.aspect.population,
        orphans: pipeline.aspect.orphans,
        ...(pipeline.lastLook === undefined
          ? {}
          : {
              lastLook: {
                at: pipeline.lastLook.at,
                items: pipeline.lastLook.items,
                planned: pipeline.lastLook.planned,
                held: Object.fromEntries([...pipeline.lastLook.heldByCode].map(([code, rows]) => [code, rows.length])),
                rejected: Object.fromEntries(pipeline.lastLook.rejectedByCode),
              },
            }),
        ...(pipeline.lastLook?.held === undefined ? {} : { blocked: pipeline.lastLook.held.reason.message }),
        ...(pipeline.aspect.readBack?.progress === undefined ? {} : { readBack: pipeline.aspect.readBack.progress }),
        ...(stopped === undefined ? {} : { stopped: `${stopped.code}: ${stopped.message}` }),
      })),
      orders: orders.map((each) => ({
        pipeline: each.config.name,
        account: each.account.name,
        ...(each.lastRead === undefined ? {} : { lastRead: each.lastRead }),
      })),
      pictures: await Promise.all(
        pictures.map(async (each) => ({
          exchange: each.exchange,
          published: await each.published(),
          missing: each.missing,
        })),
      ),
      mailsWaiting: await runtime.notifier.waiting(),
    }
  }
}

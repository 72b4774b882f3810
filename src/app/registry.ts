import { ozon } from '../marketplaces/ozon/index.ts'
import type { StageDefinition } from '../pipeline/stage.ts'
import { diff } from '../stages/diff/index.ts'
import { guard } from '../stages/guard/index.ts'
import { map } from '../stages/map/index.ts'
import { parse } from '../stages/parse/index.ts'
import { push } from '../stages/push/index.ts'
import { store } from '../stages/store/index.ts'
import { writeOrders } from '../stages/write-orders/index.ts'

/** Every stage there is: one folder of `stages/` each. */
export const stages: ReadonlyMap<string, StageDefinition> = new Map(
  [parse, diff, guard, store, map, push, writeOrders].map((stage) => [stage.type, stage]),
)

/** Every marketplace there is: one folder of `marketplaces/` each. */
export const marketplaces = new Map([[ozon.name, ozon]])

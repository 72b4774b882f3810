import type { Call } from '../call.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { integers, pageLimit, text, topMessage } from '../fields.ts'
import { isoTime, type Warehouse } from '../state.ts'

const MAX_WAREHOUSES = 200

/** `POST /v1/roles`: until when the key lives and what it may call; `methods` are those of a key without rules. */
export function roles(call: Call, methods: readonly string[]): unknown {
  return {
    expires_at: isoTime(call.account.keyExpiresAt),
    roles: [{ name: 'Admin', methods: call.account.key.methods ?? methods }],
  }
}

/** `POST /v2/warehouse/list`. */
export function warehouseList(call: Call): unknown {
  const request = topMessage('WarehouseListV2Request', call.body)
  const limit = pageLimit(request, MAX_WAREHOUSES)
  const wanted = new Set(integers(request, 'warehouse_ids', MAX_WAREHOUSES))
  const [from = 0] = decodeCursor(text(request, 'cursor'), 1) ?? []
  const all = call.account.warehouses.filter(({ warehouseId }) => wanted.size === 0 || wanted.has(warehouseId))
  const page = all.slice(from, from + limit)
  const hasNext = from + page.length < all.length
  return {
    warehouses: page.map(warehouseShape),
    cursor: hasNext ? encodeCursor([from + page.length]) : '',
    has_next: hasNext,
  }
}

function warehouseShape({ warehouseId, name, status }: Warehouse): unknown {
  return {
    warehouse_id: warehouseId,
    name,
    status,
    warehouse_type: '',
    is_rfbs: false,
    is_kgt: false,
    is_express: false,
    is_comfort: false,
    is_auto_assembly: false,
    is_waybill_enabled: false,
    has_entrusted_acceptance: false,
    carriage_label_type: 'BIG',
    courier_comment: '',
    courier_phones: [],
    address_info: {
      address: 'Россия, Московская область',
      latitude: 55.495093,
      longitude: 38.172731,
      utc: 'UTC+03:00',
    },
    first_mile: {
      type: 'DROP_OFF',
      dropoff_point_id: '1020002075314000',
      timeslot_id: 0,
      timeslot_from: '',
      timeslot_to: '',
      first_mile_is_changing: false,
    },
    cut_in_time: 0,
    sla_cut_in: 1_440,
    postings_limit: -1,
    min_postings_limit: 0,
    has_postings_limit: false,
    phone: '',
    pause_at: null,
    with_item_list: false,
    working_days: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'],
    created_at: '2025-03-11T11:57:51.811Z',
    updated_at: '2025-03-11T11:57:51.811Z',
  }
}

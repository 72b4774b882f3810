import { Big, toFixed } from '../../core/decimal.ts'
import { isoTime, type Posting, type PostingLine, type PostingStatus } from './state.ts'

/** Blocks of a posting that come only when asked for; the others are null. */
export interface WithBlocks {
  readonly analytics: boolean
  readonly barcodes: boolean
  readonly financial: boolean
  readonly legal: boolean
}

const ACTIONS: Readonly<Record<PostingStatus, readonly string[]>> = {
  awaiting_packaging: ['ship', 'ship_async', 'cancel', 'product_cancel', 'can_create_chat'],
  awaiting_deliver: ['cancel', 'label_download', 'label_download_small', 'can_create_chat'],
  delivering: ['can_create_chat'],
  cancelled: [],
}

const DAY = 86_400_000
const PROVIDER = { tpl_provider_id: 24, tpl_provider: 'Доставка Ozon' }

/** A posting as the v4 lists show it. Buyer and address are null, as for every FBS posting. */
export function postingShape(posting: Posting, blocks: WithBlocks): unknown {
  const { warehouse } = posting
  return {
    posting_number: posting.postingNumber,
    order_id: posting.orderId,
    order_number: posting.orderNumber,
    parent_posting_number: '',
    status: posting.status,
    substatus: posting.substatus,
    in_process_at: isoTime(posting.createdAt),
    shipment_date: isoTime(posting.shipBy),
    shipment_date_without_delay: isoTime(posting.shipBy + DAY / 2),
    delivering_date: posting.deliveringAt === undefined ? null : isoTime(posting.deliveringAt),
    delivery_method: {
      id: warehouse.warehouseId,
      name: `Доставка Ozon самостоятельно, ${warehouse.name}`,
      warehouse_id: warehouse.warehouseId,
      warehouse: warehouse.name,
      ...PROVIDER,
    },
    delivery_schema: 'fbs',
    tracking_number: '',
    tpl_integration_type: 'ozon',
    integration_type_flow: 'ozon',
    products: posting.lines.map(lineShape),
    available_actions: ACTIONS[posting.status],
    cancellation: cancellationShape(posting),
    requirements: requirementsShape(),
    optional: { products_with_possible_mandatory_mark: [] },
    analytics_data: blocks.analytics ? analyticsShape(posting) : null,
    financial_data: blocks.financial ? financialShape(posting) : null,
    barcodes: blocks.barcodes ? barcodesShape(posting) : null,
    legal_info: blocks.legal ? { company_name: '', inn: '', kpp: '' } : null,
    customer: null,
    addressee: null,
    container: null,
    container_sort_type: 'SORT',
    sorting_center: null,
    external_order: { is_external: false, platform_name: '' },
    tariffication_steps: [],
    is_express: false,
    is_multibox: false,
    multi_box_qty: 1,
    is_click_and_collect: false,
    is_presortable: false,
    require_blr_traceable_attrs: false,
    pickup_code_verified_at: null,
    prr_option: '',
    quantum_id: 0,
    volume_weight: 0.5,
    destination_place_id: 0,
    destination_place_name: '',
    scanit: '',
  }
}

function lineShape({ product, quantity, price }: PostingLine): unknown {
  return {
    sku: product.sku,
    offer_id: product.offerId,
    name: `Товар ${product.offerId}`,
    quantity,
    price: money(price),
    weight: 0.5,
    product_color: '',
    imei: [],
    is_blr_traceable: false,
    is_marketplace_buyout: false,
  }
}

function cancellationShape(posting: Posting): unknown {
  const cancelled = posting.status === 'cancelled'
  return {
    // 665 = the buyer did not want the goods.
    cancel_reason_id: cancelled ? 665 : 0,
    cancel_reason: cancelled ? 'Покупатель отменил заказ' : '',
    cancellation_type: cancelled ? 'client' : '',
    cancellation_initiator: cancelled ? 'Клиент' : '',
    cancelled_after_ship: posting.cancelledAfterShip,
    affect_cancellation_rating: false,
  }
}

function requirementsShape(): unknown {
  return {
    products_requiring_gtd: [],
    products_requiring_country: [],
    products_requiring_change_country: [],
    products_requiring_mandatory_mark: [],
    products_requiring_rnpt: [],
    products_requiring_jw_uin: [],
    products_requiring_weight: [],
    products_requiring_imei: [],
  }
}

function analyticsShape({ warehouse, createdAt }: Posting): unknown {
  return {
    city: '',
    region: '',
    delivery_type: 'PVZ',
    delivery_date_begin: isoTime(createdAt + 2 * DAY),
    delivery_date_end: isoTime(createdAt + 3 * DAY),
    client_delivery_date_begin: null,
    client_delivery_date_end: null,
    is_legal: false,
    is_premium: false,
    payment_type_group_name: 'Банковская карта',
    warehouse_id: warehouse.warehouseId,
    warehouse: warehouse.name,
    ...PROVIDER,
  }
}

/** The buyer pays less than the seller's price (Ozon's own discount); payout and commission are 0 until delivery. */
function financialShape({ lines }: Posting): unknown {
  return {
    cluster_from: 'Москва, МО и Дальние регионы',
    cluster_to: 'Москва, МО и Дальние регионы',
    products: lines.map(({ product, quantity, price }) => ({
      product_id: product.sku,
      quantity,
      price: Number(price),
      old_price: Number(product.oldPrice ?? price),
      customer_price: money(new Big(price).times('0.9').toFixed()),
      payout: 0,
      commission: { amount: 0, percent: 0, currency: 'RUB' },
      total_discount_value: 0,
      total_discount_percent: 0,
      actions: [],
    })),
  }
}

function barcodesShape({ orderId }: Posting): unknown {
  return { upper_barcode: `%101%${orderId}`, lower_barcode: `${orderId}000` }
}

function money(amount: string): { readonly amount: string; readonly currency: string } {
  return { amount: toFixed(amount, 2), currency: 'RUB' }
}

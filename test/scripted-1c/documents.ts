/** An order as the base holds it. */
export interface UtDocument {
  /** GUID of the document in 1C. */
  readonly guid: string
  /** Number of the document in 1C. */
  readonly number1c: string
  /** The site's number (`Номер` of the file): the only key 1C looks for. */
  readonly number: string
  /** The site's id (`Ид` of the file). */
  readonly siteId: string
  /** `yyyy-MM-dd`, local. */
  readonly date: string
  readonly time: string
  readonly currency: string
  readonly counterparty: UtCounterparty
  /** GUID of a warehouse of the base, from the file or from the node. */
  readonly warehouseId: string
  readonly vatIncluded: boolean
  readonly comment: string
  /** `yyyy-MM-dd`; without it 1C takes the day of the order. */
  readonly shipDate?: string
  /** Text of the status table, or «Не согласован» when the file's text is not mapped. */
  readonly status: string
  /** «Ожидается согласование» orders are refilled on every run, orders in work are skipped. */
  readonly state: 'awaiting approval' | 'in work'
  readonly cancelled: boolean
  /** False while a later document of the same file stopped the load: an unposted order reserves nothing. */
  readonly posted: boolean
  readonly shipped: boolean
  readonly paid: boolean
  readonly lines: readonly UtLine[]
  /** How many runs filled this order from the file. */
  readonly filled: number
}

export interface UtCounterparty {
  readonly name: string
  /** True when the file names an official name: a company. */
  readonly company: boolean
  readonly inn: string
  readonly kpp: string
}

export interface UtLine {
  /** `good` or `good#characteristic`. */
  readonly offerId: string
  readonly quantity: number
  /** 1C computes it anew: amount / quantity. */
  readonly price: number
  readonly amount: number
  /** Rate as found in the base's list, else «Без НДС». */
  readonly vat: string
}

/** What a person may change in an order of the base; the node registers it for the next run. */
export interface OrderChange {
  readonly status?: string
  readonly state?: UtDocument['state']
  readonly cancelled?: boolean
  readonly shipped?: boolean
  readonly paid?: boolean
  readonly comment?: string
}

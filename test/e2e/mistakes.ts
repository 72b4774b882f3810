/** A mistake that an admin makes in a file of the shop, and how: the first `from` in the file becomes `to`. */
export interface Edit {
  readonly what: string
  readonly file: string
  readonly from: string
  readonly to: string
}

const OBMEN = 'config/obmen.yaml'
const ACCOUNTS = 'config/marketplaces.yaml'
const PRICES = 'pipelines/ozon-prices.yaml'
const STOCKS = 'pipelines/ozon-stocks.yaml'
const ORDERS = 'pipelines/ozon-orders.yaml'
const MARKUP = 'config/mapping/ozon-markup.csv'
const PRICE = 'roundUp(price("Розничная") * lookup("ozon-markup", product.group(1), "коэффициент", 1.25), 10)'

/** What the files alone show: `obmen check --offline` refuses every one. */
export const WRITTEN: readonly Edit[] = [
  // YAML
  { what: 'a tab instead of blanks', file: OBMEN, from: '  from: obmen', to: '\tfrom: obmen' },
  {
    what: 'a line that is not indented far enough',
    file: PRICES,
    from: '      price: roundUp',
    to: '   price: roundUp',
  },
  { what: 'a key that stands twice', file: STOCKS, from: 'fresh: 10m', to: 'fresh: 10m\nfresh: 5m' },
  {
    what: 'an expression that begins with "!" without quotes',
    file: ACCOUNTS,
    from: 'select: |\n      flag',
    to: 'select: !flag',
  },
  {
    what: 'a quotation mark that is not closed',
    file: ACCOUNTS,
    from: 'stale: { after: 1d',
    to: "stale: { after: '1d",
  },
  { what: 'an anchor', file: STOCKS, from: 'name: ozon-stocks', to: 'name: &a ozon-stocks' },
  { what: 'two pipelines in one file', file: STOCKS, from: 'fresh: 10m', to: 'fresh: 10m\n---\nname: another' },
  { what: 'a colon without a blank', file: OBMEN, from: 'locale: ru', to: 'locale:ru' },
  // Keys and values
  { what: 'a key that is misspelt', file: STOCKS, from: 'absent: zero', to: 'absnet: zero' },
  { what: 'a duration without a unit', file: PRICES, from: 'fresh: 10m', to: 'fresh: 10' },
  { what: 'a share without a percent sign', file: STOCKS, from: 'maxZeroed: 10%', to: 'maxZeroed: 10' },
  { what: 'a rate in other words', file: PRICES, from: '6 per hour', to: '6/h' },
  { what: 'a time zone that does not exist', file: OBMEN, from: 'Europe/Moscow', to: 'Moscow' },
  { what: 'a language that is not there', file: OBMEN, from: 'locale: ru', to: 'locale: de' },
  { what: 'a variable that is not set', file: ACCOUNTS, from: '${OZON_API_KEY}', to: '${OZON_KEY}' },
  { what: 'a word where a number is expected', file: OBMEN, from: 'digits: 6', to: 'digits: шесть' },
  {
    what: 'order numbers longer than 1C keeps',
    file: OBMEN,
    from: 'prefix: OZ, digits: 6',
    to: 'prefix: OZON-, digits: 9',
  },
  { what: 'a currency in words', file: OBMEN, from: "'643': RUB", to: "'643': рубль" },
  { what: 'a mail address without a server', file: OBMEN, from: 'admin@example.ru', to: 'admin' },
  { what: 'people who do not exist', file: OBMEN, from: 'errors: admins', to: 'errors: admin' },
  // Links between files
  { what: 'a stage that is misspelt', file: PRICES, from: '- push:', to: '- psuh:' },
  {
    what: 'stages in the wrong order',
    file: STOCKS,
    from: '  - diff\n  - guard: { maxZeroed: 10% }',
    to: '  - guard: { maxZeroed: 10% }\n  - diff',
  },
  { what: 'zeroing without a guard', file: STOCKS, from: '  - guard: { maxZeroed: 10% }', to: '  #' },
  { what: 'an account that does not exist', file: PRICES, from: 'account: ozon-main', to: 'account: ozon-mian' },
  { what: 'an exchange that does not exist', file: ACCOUNTS, from: 'exchange: main', to: 'exchange: base' },
  { what: 'a marketplace that does not exist', file: ACCOUNTS, from: 'marketplace: ozon', to: 'marketplace: ozonn' },
  { what: 'orders into a base without an order file', file: ORDERS, from: 'exchange: main', to: 'exchange: mian' },
  { what: 'a node that is no inbox', file: OBMEN, from: "node: './1c/offers'", to: "node: './1c/orders'" },
  { what: 'two pipelines of one name', file: PRICES, from: 'name: ozon-prices', to: 'name: ozon-stocks' },
  // Expressions
  { what: 'a function that is misspelt', file: PRICES, from: 'price: roundUp(', to: 'price: roundup(' },
  { what: 'a bracket that is not closed', file: PRICES, from: PRICE, to: 'roundUp(price("Розничная") * 1.25, 10' },
  { what: 'a name without quotation marks', file: PRICES, from: PRICE, to: 'price(Розничная) * 1.25' },
  {
    what: 'a text compared with a number',
    file: ACCOUNTS,
    from: 'flag(product.property("Выгружать на Ozon"))',
    to: 'product.property("Вес") > 5',
  },
  { what: 'a comma as the decimal point', file: PRICES, from: PRICE, to: 'price("Розничная") * 1,25' },
  { what: 'a price that is a text', file: PRICES, from: PRICE, to: 'product.article' },
  { what: 'one "=" instead of two', file: ACCOUNTS, from: 'offer.variantName == ""', to: 'offer.variantName = ""' },
  { what: 'a field that does not exist', file: ACCOUNTS, from: 'product.article +', to: 'product.artikul +' },
  { what: 'a stock where a price is expected', file: PRICES, from: PRICE, to: 'byWarehouse()' },
  // Tables
  { what: 'a table that does not exist', file: PRICES, from: '"ozon-markup"', to: '"ozon-markups"' },
  { what: 'a column that does not exist', file: PRICES, from: '"коэффициент"', to: '"коэфициент"' },
  { what: 'a key that stands twice in a table', file: MARKUP, from: 'Обувь;1.3\n', to: 'Обувь;1.3\nОбувь;1.4\n' },
  { what: 'a row with a cell too many', file: MARKUP, from: 'Обувь;1.3', to: 'Обувь;1.3;1.4' },
  { what: 'a column without a name', file: MARKUP, from: 'Группа;коэффициент', to: 'Группа;' },
]

/** What only the base of 1C shows: `obmen plan` names it and sends nothing. */
export const NAMES: readonly (Edit & { readonly pipeline: string })[] = [
  {
    what: 'a price type that 1C does not have',
    file: PRICES,
    from: 'price("Розничная")',
    to: 'price("Розничня")',
    pipeline: 'ozon-prices',
  },
  {
    what: 'a property that 1C does not have',
    file: ACCOUNTS,
    from: 'Выгружать на Ozon',
    to: 'Выгружать на Озон',
    pipeline: 'ozon-stocks',
  },
  {
    what: 'a warehouse that 1C does not have',
    file: ACCOUNTS,
    from: "from: ['Склад Подольск']",
    to: "from: ['Склад Подолск']",
    pipeline: 'ozon-stocks',
  },
]

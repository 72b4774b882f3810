/** An expression and what it gives for the dress; `отклонён: <code>` where the item is rejected, `ничего` for nothing. */
export type Example = readonly [source: string, gives: string]

/** Examples of functions by {@link nameOf}. */
export const FUNCTION_EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  price: [
    ['price("Розничная")', '1490'],
    ['price("Розничная") * 1.25', '1862.5'],
    ['price("Цена до скидки")', 'отклонён: item.no_price'],
  ],
  hasPrice: [['hasPrice("Розничная", "Цена до скидки")', 'false']],
  stock: [
    ['stock()', '5'],
    ['stock("Склад Подольск")', '0'],
  ],
  everInStock: [['everInStock()', 'true']],
  byWarehouse: [['byWarehouse()', '{"1":4,"2":0}']],
  property: [['property("Цвет")', 'Синий']],
  'product.property': [['flag(product.property("Выгружать на Ozon"))', 'true']],
  'product.requisite': [['product.requisite("Код")', 'НФ-000017']],
  'product.group': [
    ['product.group(1)', 'Одежда'],
    ['product.group(3) == ""', 'true'],
  ],
  'product.inGroup': [['product.inGroup("Платья")', 'true']],
  'product.inCatalogue': [['product.inCatalogue("Основной каталог")', 'false']],
  'offer.property': [['offer.property("Цвет") == ""', 'true']],
  'offer.characteristic': [['offer.characteristic("Размер")', 'S']],
  lookup: [
    ['lookup("ozon-markup", product.group(1), "коэффициент", 1.25)', '1.35'],
    ['lookup("ozon-markup", product.group(2), "коэффициент", 1.25)', '1.25'],
    ['lookup("ozon-markup", product.group(2), "коэффициент")', 'отклонён: item.no_table_row'],
  ],
  inTable: [['inTable("ozon-stop", offer.id)', 'false']],
  first: [['first(price("Цена до скидки"), price("Розничная"))', '1490']],
  optional: [['optional(price("Цена до скидки"))', 'ничего']],
  number: [
    ['number("1 250,5") * 2', '2501'],
    ['number("много")', 'отклонён: item.bad_number'],
  ],
  flag: [
    ['flag("Да")', 'true'],
    ['flag("")', 'false'],
    ['flag("может быть")', 'отклонён: item.bad_flag'],
  ],
  part: [
    ['part("44 / 46 / рост 170", "/", 2)', '46'],
    ['part("44 / 46", "/", 5) == ""', 'true'],
  ],
  slug: [['slug("Тёмно-синий / 42")', 'Temno-siniy-42']],
  shortId: [['shortId("1")', 'a4ayc_80_OGda4BO_1o_Vw']],
  lower: [['lower("ПлатьЕ")', 'платье']],
  upper: [['upper("xl")', 'XL']],
  trim: [['trim("  M ")', 'M']],
  round: [['round(price("Розничная") / 7, 1)', '213']],
  roundUp: [['roundUp(price("Розничная") * 1.25, 10)', '1870']],
  floor: [['floor(stock() / 2)', '2']],
  min: [['min(stock(), 3)', '3']],
  max: [['max(price("Розничная"), 500)', '1490']],
}

/** What is written between values. */
export const OPERATOR_EXAMPLES: readonly Example[] = [
  ['0.1 + 0.2', '0.3'],
  ['7 % 4', '3'],
  ['stock() > 0 && price("Розничная") >= 300', 'true'],
  ['!product.inGroup("Обувь") || stock() == 0', 'true'],
  ['offer.variantName == "" ? product.article : product.article + "-" + slug(offer.variantName)', 'A-1-S'],
  ['product.vat in ["20", "22"]', 'true'],
  ['product.name.startsWith("Платье")', 'true'],
]

/** What a field of `product` or `offer` holds. */
export const FIELD_TEXTS: Readonly<Record<string, string>> = {
  'product.id': 'Ид товара в 1С.',
  'offer.id': 'Ид предложения в 1С: им же ищут строки в таблицах.',
  article: 'Артикул; у предложения без своего — артикул товара.',
  name: 'Название.',
  barcode: 'Первый штрихкод.',
  vat: 'Ставка НДС, как её пишет 1С: 20, 22, Без НДС.',
  unit: 'Единица измерения.',
  kind: 'Вид номенклатуры.',
  brand: 'Бренд, а нет его — изготовитель.',
  variantName:
    'Чем предложение отличается от других: характеристики через запятую, а нет их — скобки в конце названия.',
}

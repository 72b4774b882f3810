// Sets as 1C drops them, one per family: small, of our own invention.

/** A file of a set: where it lies below the inbox, and its text. */
export type ExchangeText = readonly [name: string, text: string]

interface Dialect {
  readonly version: string
  readonly namespace?: string
}

const A: Dialect = { version: '2.07', namespace: 'commerceml_2' }
const B: Dialect = { version: '2.08', namespace: 'commerceml_210' }
const C: Dialect = { version: '3.1', namespace: 'commerceml_3' }
const D: Dialect = { version: '2.04' }

function root({ version, namespace }: Dialect, time: string, inside: string): string {
  const xmlns = namespace === undefined ? '' : ` xmlns="urn:1C.ru:${namespace}"`
  return `<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация${xmlns} ВерсияСхемы="${version}" ДатаФормирования="2026-11-22T${time}">${inside}</КоммерческаяИнформация>`
}

const named = (element: string, id: string, name: string, more = ''): string =>
  `<${element}><Ид>${id}</Ид><Наименование>${name}</Наименование>${more}</${element}>`

const classifier = (inside: string): string =>
  `<Классификатор><Ид>k</Ид><Наименование>К</Наименование>${inside}</Классификатор>`

const groups = (name: string): string =>
  `<Группы>${named('Группа', 'g1', 'Одежда', `<Группы>${named('Группа', 'g2', name)}</Группы>`)}</Группы>`

const properties = `<Свойства>${named('Свойство', 's1', 'Цвет', '<ВариантыЗначений><Справочник><ИдЗначения>v1</ИдЗначения><Значение>белый</Значение></Справочник></ВариантыЗначений>')}</Свойства>`

const catalogue = (inside: string, id = 'k', changesOnly?: boolean): string =>
  `<Каталог${flag(changesOnly)}><Ид>${id}</Ид><Наименование>Каталог ${id}</Наименование><Товары>${inside}</Товары></Каталог>`

const flag = (changesOnly: boolean | undefined): string =>
  changesOnly === undefined ? '' : ` СодержитТолькоИзменения="${changesOnly}"`

const product = (id: string, name: string, { article = id, group = 'g2', deleted = false } = {}): string =>
  `<Товар${deleted ? ' Статус="Удален"' : ''}><Ид>${id}</Ид><Штрихкод>4600000000001 4600000000002</Штрихкод><Артикул>${article}</Артикул><Наименование>${name}</Наименование><Группы><Ид>${group}</Ид></Группы><ЗначенияСвойств><ЗначенияСвойства><Ид>s1</Ид><Значение>v1</Значение></ЗначенияСвойства></ЗначенияСвойств><СтавкиНалогов><СтавкаНалога><Наименование>НДС</Наименование><Ставка>22</Ставка></СтавкаНалога></СтавкиНалогов></Товар>`

const offerPackage = (inside: string, dictionaries = ''): string =>
  `<ПакетПредложений><Ид>k#</Ид><Наименование>П</Наименование>${dictionaries}<Предложения>${inside}</Предложения></ПакетПредложений>`

const priceTypes = `<ТипыЦен>${named('ТипЦены', 't1', 'Розничная', '<Валюта>руб</Валюта>')}${named('ТипЦены', 't2', 'Оптовая', '<Валюта>руб</Валюта>')}</ТипыЦен>`
const warehouses = `<Склады>${named('Склад', 'w1', 'Основной')}${named('Склад', 'w2', 'Второй')}</Склады>`

const prices = (amounts: Readonly<Record<string, string>>): string =>
  `<Цены>${Object.entries(amounts)
    .map(
      ([type, amount]) =>
        `<Цена><ИдТипаЦены>${type}</ИдТипаЦены><ЦенаЗаЕдиницу>${amount}</ЦенаЗаЕдиницу><Валюта>руб</Валюта></Цена>`,
    )
    .join('')}</Цены>`

const stocks = (quantities: Readonly<Record<string, string>>, element = 'Склад'): string =>
  Object.entries(quantities)
    .map(([id, quantity]) => `<${element} ИдСклада="${id}" КоличествоНаСкладе="${quantity}"/>`)
    .join('')

const rests = (quantities: Readonly<Record<string, string>>): string =>
  `<Остатки>${Object.entries(quantities)
    .map(([id, quantity]) => `<Остаток><Склад><Ид>${id}</Ид><Количество>${quantity}</Количество></Склад></Остаток>`)
    .join('')}</Остатки>`

const offer = (id: string, name: string | undefined, inside: string): string =>
  `<Предложение><Ид>${id}</Ид>${name === undefined ? '' : `<Наименование>${name}</Наименование>`}${inside}</Предложение>`

const changes = (inside: string): string =>
  `<ИзмененияПакетаПредложений><Ид>k#</Ид><Предложения>${inside}</Предложения></ИзмененияПакетаПредложений>`

const GUID = 'b815e2db-7a65-4265-9241-5f0c4f0565a7'

/** УТ: two portions of goods, two of offers, and the update of prices and rests of the next run. */
export function native(time: string, later: string, amount: string): ExchangeText[] {
  return [
    [
      'import0_1.xml',
      root(
        A,
        time,
        classifier(groups('Майки') + properties) +
          catalogue(product('p1', 'Майка') + product('p2', 'Кепка'), 'k', false),
      ),
    ],
    ['import0_2.xml', root(A, time, catalogue(product('p3', 'Шарф', { deleted: amount === '20' }), 'k', true))],
    [
      'offers0_1.xml',
      root(
        A,
        time,
        offerPackage(
          offer('p1#a', 'Майка белая', prices({ t1: amount, t2: '8' }) + stocks({ w1: '5', w2: '-1' })) +
            offer('p1#b', 'Майка чёрная', prices({ t1: '11' }) + '<Количество>2</Количество>'),
          priceTypes + warehouses,
        ),
      ),
    ],
    [
      'offers0_2.xml',
      root(
        A,
        time,
        offerPackage(offer('p2', 'Кепка', stocks({ w1: '3.5' })) + offer('p3#', 'Шарф', prices({ t1: '30' }))),
      ),
    ],
    [
      'offers0_3.xml',
      root(
        A,
        later,
        changes(
          `<Предложение><Ид>p1</Ид><ИдХарактеристики>a</ИдХарактеристики>${prices({ t1: `${amount}.50` })}${stocks({ w2: '7' }, 'Склады')}</Предложение>` +
            offer('p2', undefined, stocks({ w1: amount }, 'Склады')),
        ),
      ),
    ],
  ]
}

/** УТ with two catalogues in one folder; one product is in both. */
export function twoCatalogues(time: string, amount: string): ExchangeText[] {
  return [
    [
      'import0_1.xml',
      root(A, time, classifier(groups('Майки')) + catalogue(product('p1', 'Майка') + product('p2', 'Кепка'), 'k0')),
    ],
    ['import1_1.xml', root(A, time, catalogue(product('p1', 'Майка', { group: 'g9' }), 'k1'))],
    [
      'offers0_1.xml',
      root(
        A,
        time,
        offerPackage(
          offer('p1', 'Майка', prices({ t1: amount })) + offer('p2', 'Кепка', prices({ t1: '5' })),
          priceTypes,
        ),
      ),
    ],
    ['offers1_1.xml', root(A, time, offerPackage(offer('p1', 'Майка', prices({ t1: amount })), priceTypes))],
  ]
}

/** УНФ: the prices of one offer are split across portions. */
export function unf(time: string, amount: string): ExchangeText[] {
  return [
    ['import.xml', root(B, time, classifier(groups('Майки')) + catalogue(product('p1', 'Майка'), 'k', false))],
    ['import1.xml', root(B, time, catalogue(product('p2', `Кепка ${amount}`), 'k', true))],
    [
      'offers.xml',
      root(
        B,
        time,
        offerPackage(
          offer('p1', 'Майка', `${prices({ t1: amount })}<Количество>5</Количество>${stocks({ w1: '5' })}`),
          priceTypes,
        ),
      ),
    ],
    [
      'offers1.xml',
      root(
        B,
        time,
        offerPackage(
          offer('p1', 'Майка', `${prices({ t2: '8' })}<Количество>5</Количество>${stocks({ w1: '5' })}`) +
            offer('p2', 'Кепка', `${prices({})}<Количество>${amount}</Количество>`),
          priceTypes,
        ),
      ),
    ],
    [
      'offers2.xml',
      root(
        B,
        time,
        offerPackage(offer('p2#c', 'Кепка синяя', `${prices({ t2: amount })}<Количество>-3</Количество>`), priceTypes),
      ),
    ],
  ]
}

/** The Bitrix module: every file has a stamp of its own; an old package of prices failed and comes late. */
export function bitrix(hour: string, amount: string): ExchangeText[] {
  return [
    [
      `import___${GUID}.xml`,
      root(C, `${hour}:00:01`, classifier(groups('Майки') + priceTypes + warehouses) + catalogue('', 'k', true)),
    ],
    [
      `goods/1/import___${GUID}.xml`,
      root(C, `${hour}:00:02`, catalogue(product('p1', `Майка ${amount}`) + product('p2', 'Кепка'), 'k', true)),
    ],
    [
      `goods/1/offers___${GUID}.xml`,
      root(C, `${hour}:00:03`, offerPackage(offer('p1#a', 'Майка белая', '') + offer('p2', 'Кепка', ''))),
    ],
    [
      `goods/1/prices___${GUID}.xml`,
      root(C, `${hour}:00:04`, offerPackage(offer('p1#a', undefined, prices({ t1: amount, t2: '8' })))),
    ],
    [
      `goods/1/rests___${GUID}.xml`,
      root(
        C,
        `${hour}:00:05`,
        offerPackage(
          offer('p1#a', undefined, rests({ w1: amount, w2: '0' })) + offer('p2', undefined, rests({ w1: '1.5' })),
        ),
      ),
    ],
  ]
}

/** An old base: two exports of one day under different names. */
export function old(amount: string): ExchangeText[] {
  return [
    [
      'import.xml',
      root(D, '10:00:00', classifier(groups('Майки')) + catalogue(product('p1', 'Майка') + product('p2', 'Кепка'))),
    ],
    [
      'offers.xml',
      root(
        D,
        '10:00:00',
        offerPackage(offer('p1', 'Майка', prices({ t1: '10' })) + offer('p2', 'Кепка', prices({ t1: '' })), priceTypes),
      ),
    ],
    ['20261122-import.xml', root(D, '11:00:00', catalogue(product('p1', `Майка ${amount}`, { deleted: true })))],
    [
      '20261122-offers.xml',
      root(
        D,
        '11:00:00',
        offerPackage(offer('p1', 'Майка', `${prices({ t2: amount })}<Количество>4</Количество>`), priceTypes),
      ),
    ],
  ]
}

import { onOneLine, yamlText } from '../../config/yaml-text.ts'
import { TABLES, UNKNOWN_WAREHOUSE, type ProjectChoices, type WarehouseChoice } from './choices.ts'
import { markupLevel, stockedWarehouses, usableMarks, warehouseNames } from './suggest.ts'
import { listed, quoted } from './words.ts'

/** `config/marketplaces.yaml`: the one account of a first project. */
export function marketplacesYaml(choices: ProjectChoices): string {
  const { account, baseUrl } = choices
  return `# yaml-language-server: $schema=schema/marketplaces.json
# Кабинеты на площадках. Новый кабинет только наблюдает: всё считается и попадает в отчёт, но ничего не отправляется,
# пока человек не скажет: obmen approve ${account}
accounts:
  ${account}:
    marketplace: ozon
    exchange: main # база 1С из config/obmen.yaml
${baseUrl === undefined ? '' : `    baseUrl: ${yamlText(baseUrl)} # не сам Ozon, а этот адрес\n`}    clientId: \${OZON_CLIENT_ID}
    apiKey: \${OZON_API_KEY}

${selectPart(choices)}
${identityPart(choices)}
${warehousesPart(choices)}
    stale: { after: 1d, then: hold } # данные 1С старше суток: остаток не повышаем, приходит письмо
${ordersPart(choices)}`
}

function selectPart(choices: ProjectChoices): string {
  const { select, survey } = choices
  const rule = { mark: markRule, groups: groupsRule, table: tableRule, stock: stockRule }[select.kind]
  const comment = [
    'Какие предложения продаём. Имена — ровно как в 1С; таблицы лежат в config/mapping/.',
    ...rule(choices),
    ...otherMarks(choices),
    `Снять товар с продажи на время: впишите его Ид в config/mapping/${TABLES.stop}.csv.`,
  ]
  const groups = markupLevel(survey)?.names ?? []
  if (select.kind !== 'groups' && groups.length > 0) {
    comment.push(`Только часть товаров — по группам: product.inGroup("…"). Группы: ${listed(groups)}.`)
  }
  return `${commented(comment)}
    select: |
      ${expressionOf(choices)} && !inTable("${TABLES.stop}", offer.id)
`
}

function expressionOf({ select }: ProjectChoices): string {
  if (select.kind === 'mark') return select.expression
  if (select.kind === 'table') return `inTable("${TABLES.goods}", offer.id)`
  if (select.kind === 'stock') return 'everInStock()'
  const groups = select.names.map((name) => `product.inGroup(${quoted(name)})`)
  return groups.length === 1 ? (groups[0] as string) : `(${groups.join(' || ')})`
}

function markRule({ select, survey }: ProjectChoices): string[] {
  const { name = '' } = select.kind === 'mark' ? select : {}
  const yes = survey.marks.find((mark) => mark.name === name)?.yes ?? 0
  const none = yes === 0 ? ' Сейчас не отмечен ни один: пока так, на Ozon не уйдёт ничего.' : ''
  return [`Продаётся то, у чего в 1С отмечено «${onOneLine(name)}» (сейчас: ${yes}).${none}`]
}

function groupsRule(): string[] {
  return ['Продаётся то, что лежит в этих группах и глубже.']
}

function tableRule(): string[] {
  return [`Продаётся только то, что вписано в config/mapping/${TABLES.goods}.csv.`]
}

function stockRule({ survey }: ProjectChoices): string[] {
  if (usableMarks(survey).length > 0) return ['Продаётся всё, у чего 1С хоть раз назвала остаток.']
  return [
    'Отметки «да/нет» для выбора товаров эта база не выгружает, поэтому продаётся всё, у чего 1С хоть раз назвала остаток.',
    'Чтобы менеджер отмечал товары сам: заведите в 1С у номенклатуры дополнительный реквизит «да/нет», отметьте им товары,',
    'включите его в выгрузку и напишите здесь flag(product.property("имя реквизита")).',
    `Или список без 1С: inTable("${TABLES.goods}", offer.id) и таблица config/mapping/${TABLES.goods}.csv со столбцом Ид.`,
  ]
}

function otherMarks({ select, survey }: ProjectChoices): string[] {
  const others = usableMarks(survey).filter(({ name }) => select.kind !== 'mark' || name !== select.name)
  if (others.length === 0) return []
  return [`Отметки «да/нет» в этой базе: ${listed(others.map(({ name }) => name))}.`]
}

function identityPart({ survey }: ProjectChoices): string {
  const without = survey.gaps.no_article?.count ?? 0
  const isVaried = survey.variants > 0
  const comment = [
    'Артикул на Ozon: берётся первое значение, которое не пусто, не длиннее 50 знаков и не занято.',
    'Пара «товар — артикул» запоминается навсегда.',
  ]
  if (without > 0)
    comment.push(`Без артикула в 1С: ${without} из ${survey.products} товаров; им достаётся короткий код из Ид.`)
  const own = isVaried
    ? `'offer.variantName == "" || product.article == "" ? product.article : product.article + "-" + slug(offer.variantName)'`
    : 'product.article'
  const article = without < survey.products ? `      - ${own}\n` : ''
  return `${commented(comment)}
    identity:
      - lookup("${TABLES.ids}", offer.id, "offer_id", "") # товар уже есть на Ozon под другим артикулом
${article}      - shortId(offer.id)
`
}

function warehousesPart({ warehouses, survey, orders }: ProjectChoices): string {
  const used = new Set(warehouses.flatMap(({ from }) => from))
  const unused = stockedWarehouses(survey).filter((name) => !used.has(name))
  const comment = [
    orders === undefined
      ? 'Склад Ozon (имя или номер): из каких складов 1С сложить остаток.'
      : 'Склад Ozon (имя или номер): из каких складов 1С сложить остаток и на какой склад записать заказ.',
    'Придержать штуку: buffer: 1. Одну последнюю показывать как 0: hideBelow: 2.',
  ]
  if (unused.length > 0) comment.push(`Есть товар, но на Ozon не уходит: ${listed(unused)}.`)
  const idle = warehouseNames(survey).filter((name) => !used.has(name) && !unused.includes(name))
  if (idle.length > 0) comment.push(`Пусты сейчас: ${listed(idle)}.`)
  if (warehouses.length === 0) {
    return commented([
      ...comment,
      'Складов в выгрузке нет: включите в 1С выгрузку остатков и запустите obmen init снова.',
    ])
  }
  if (warehouses.some(({ name }) => name === UNKNOWN_WAREHOUSE)) {
    comment.push('Имя склада Ozon впишите сами: obmen check покажет склады кабинета.')
  }
  return `${commented(comment)}
    warehouses:
${warehouses.map((each) => `      ${warehouseRow(each, orders !== undefined)}`).join('\n')}
`
}

function warehouseRow({ name, from }: WarehouseChoice, hasOrders: boolean): string {
  if (from.length === 0) return `${yamlText(name)}: { from: all } # складов 1С не называет: весь остаток`
  const orders = hasOrders ? `, orders: ${yamlText(from[0] ?? '')}` : ''
  return `${yamlText(name)}: { from: [${from.map(yamlText).join(', ')}]${orders} }`
}

function ordersPart({ orders }: ProjectChoices): string {
  if (orders === undefined) return ''
  return `
    # Покупатель в заказах 1С: в отправлениях FBS его нет. Здесь — сам Ozon; сверьте реквизиты со своим договором.
    counterparty: { name: 'Интернет Решения ООО', kind: company, inn: '7704217370', kpp: '997750001' }

    # Статус Ozon → текст, который узел 1С сопоставляет со своим статусом заказа.
    status: { awaiting_packaging: 'К выполнению', cancelled: 'Отменен' }
`
}

function commented(lines: readonly string[]): string {
  return lines.map((line) => `    # ${line}`).join('\n')
}

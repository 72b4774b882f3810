import { FIELDS, FUNCTIONS, TEXT_METHODS, usageOf, type FunctionSpec } from '../../src/expression/index.ts'
import { FIELD_TEXTS, FUNCTION_EXAMPLES, OPERATOR_EXAMPLES, type Example } from './expression-examples.ts'

/** Every function, field and operator of expressions, with examples that a test evaluates. */
export function expressionsPage(): string {
  return [
    '# Выражения',
    'Выражения стоят в `select` и `identity` кабинета и в ступени `map`. Имена цен, складов, свойств и таблиц пишутся в кавычках, ровно как в 1С; перед каждым просмотром они сверяются с тем, что выгрузила 1С.',
    'Примеры посчитаны для платья из проверок: розничная цена 1490, цены до скидки нет, на основном складе 5 штук, в Подольске −2; группа «Одежда / Платья», размер S; в таблице `ozon-markup` у группы «Одежда» коэффициент 1,35.',
    '## Поля',
    ['| Поле | Что это |', '| --- | --- |', ...fields()].join('\n'),
    '## Действия',
    examples(OPERATOR_EXAMPLES),
    `За текстом стоят ${TEXT_METHODS.map((name) => `\`.${name}(…)\``).join(', ')}.`,
    '## Функции',
    ...FUNCTIONS.map(
      (spec) => `### ${usageOf(spec)}\n\n${spec.summary} Даёт: ${kindOf(spec)}.\n\n${examples(examplesOf(spec))}`,
    ),
  ].join('\n\n')
}

/** How a function is known to its examples: `price`, `product.property`. */
export function nameOf({ owner, name }: FunctionSpec): string {
  return owner === undefined ? name : `${owner}.${name}`
}

function examplesOf(spec: FunctionSpec): readonly Example[] {
  const found = FUNCTION_EXAMPLES[nameOf(spec)]
  if (found === undefined) throw new Error(`add an example of ${nameOf(spec)} to test/reference/expression-examples.ts`)
  return found
}

function fields(): string[] {
  return Object.entries(FIELDS).flatMap(([owner, names]) =>
    names.map((name) => `| \`${owner}.${name}\` | ${FIELD_TEXTS[`${owner}.${name}`] ?? FIELD_TEXTS[name] ?? ''} |`),
  )
}

function examples(list: readonly Example[]): string {
  return `\`\`\`cel\n${list.map(([source, gives]) => `${source} // ${gives}`).join('\n')}\n\`\`\``
}

const KINDS: Readonly<Record<string, string>> = {
  number: 'число',
  text: 'текст',
  boolean: 'да или нет',
  stocks: 'остатки по складам',
}

function kindOf({ returns }: FunctionSpec): string {
  return typeof returns === 'string' ? (KINDS[returns] ?? returns) : 'то же, что значения внутри'
}

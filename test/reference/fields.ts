import { stages } from '../../src/app/registry.ts'

/** What the pages need of a JSON Schema. */
interface Node {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly examples?: readonly unknown[]
  readonly enum?: readonly unknown[]
  readonly const?: string
  readonly properties?: Readonly<Record<string, Node>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Node | boolean
  readonly items?: Node
  readonly anyOf?: readonly Node[]
}

/** Every key of the configuration, of pipelines and of their tests. */
export function configPage(schemas: ReadonlyMap<string, string>): string {
  const section = (title: string, name: string): string => `## ${title}\n\n${table(read(schemas, name))}`
  return [
    '# Настройки',
    'Точка в имени — вложенность, `<имя>` — любое имя, `[]` — элемент списка. **Жирным** — обязательные ключи.',
    'Время пишется с единицей (`30s`, `10m`, `1d`), доля — в процентах (`10%`), частота — `6 per hour`.',
    'В любом тексте, кроме выражений, `${ИМЯ}` берётся из окружения или из `.env`.',
    section('config/obmen.yaml', 'obmen.json'),
    section('config/marketplaces.yaml', 'marketplaces.json'),
    section('pipelines/\\*.yaml', 'pipeline.json'),
    'Ступени (`stages`) и их настройки: [stages.md](stages.md). Выражения: [expressions.md](expressions.md).',
    section('pipelines/\\*.test.yaml', 'pipeline-tests.json'),
    'Запуск: `obmen test`. Как выглядят проверки — рядом с каждым конвейером поставки.',
  ].join('\n\n')
}

/** Every stage with its options and examples. */
export function stagesPage(schemas: ReadonlyMap<string, string>): string {
  const { stages: list } = read(schemas, 'pipeline.json').properties ?? {}
  const options = list?.items?.anyOf?.[1]?.properties ?? {}
  return [
    '# Ступени конвейера',
    'Порядок: сначала чистые ступени, потом не больше одного стража (`guard`), последней — ровно одна, которая записывает.',
    ...[...stages.values()].map((stage) =>
      [
        `## ${stage.type}`,
        `${stage.summary} ${ROLES[stage.role]}`,
        ...variants(options[stage.type] ?? {}),
        `\`\`\`yaml\nstages:\n${stage.examples.map((example) => `  - ${example}`).join('\n')}\n\`\`\``,
      ].join('\n\n'),
    ),
  ].join('\n\n')
}

const ROLES = {
  pure: 'Чистая ступень: только считает.',
  guard: 'Страж: решает, что пропустить.',
  commit: 'Записывающая ступень: последняя в конвейере.',
}

function variants(options: Node): string[] {
  return (options.anyOf ?? [options]).filter((each) => Object.keys(each.properties ?? {}).length > 0).map(table)
}

function read(schemas: ReadonlyMap<string, string>, name: string): Node {
  return JSON.parse(schemas.get(name) ?? '{}') as Node
}

function table(node: Node): string {
  const head = '| Ключ | Значение | По умолчанию | Что это |\n| --- | --- | --- | --- |'
  return [head, ...rowsOf(node, '')].join('\n')
}

function rowsOf(node: Node, at: string): string[] {
  const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = at === '' ? key : `${at}.${key}`
    const shown = node.required?.includes(key) === true ? `**\`${name}\`**` : `\`${name}\``
    const row = `| ${[shown, valueOf(child), defaultOf(child), cell(child.description ?? '')].join(' | ')} |`
    return [row, ...below(child, name)]
  })
  return own
}

function below(node: Node, name: string): string[] {
  // The options of stages have a page of their own.
  if (name === 'stages') return []
  const inner = typeof node.additionalProperties === 'object' ? below(node.additionalProperties, `${name}.<имя>`) : []
  const branches = (node.anyOf ?? []).flatMap((each) => below(each, name))
  return [
    ...rowsOf(node, name),
    ...inner,
    ...branches,
    ...(node.items === undefined ? [] : below(node.items, `${name}[]`)),
  ]
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'текст',
  number: 'число',
  integer: 'целое число',
  boolean: 'true, false',
  object: 'ключи',
  array: 'список',
}

function valueOf(node: Node): string {
  if (node.const !== undefined) return `\`${node.const}\``
  if (node.enum !== undefined) return node.enum.map((each) => `\`${String(each)}\``).join(', ')
  if (node.examples !== undefined) return node.examples.map((each) => `\`${String(each)}\``).join(', ')
  if (node.anyOf !== undefined) return [...new Set(node.anyOf.map(valueOf))].join(' или ')
  return [node.type ?? []]
    .flat()
    .map((type) => TYPES[type] ?? type)
    .join(' или ')
}

function defaultOf({ default: value }: Node): string {
  if (value === undefined) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return `\`${text}\``
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { formatDiagnostic } from '../core/diagnostic.ts'
import type { Place } from '../core/errors.ts'
import type { Compile, UsedName } from '../core/expression.ts'
import { Secret } from '../core/secret.ts'
import type { TableNames } from './expressions.ts'
import { expressionField } from './expression-leaf.ts'
import { rateField, secretField, shareField } from './fields.ts'
import { loadConfig } from './load.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import type { Config, LoadResult } from './model.ts'
import type { StageSchema } from './stage-schema.ts'
import { editorOf, expectAgreement } from './testing.ts'

// Stand-ins for what the loader is given: the same shapes as the real stages, marketplaces and compiler.

const pure = { role: 'pure', summary: 'A stage of the tests.', examples: [] } as const
const commit = { ...pure, role: 'commit' } as const
const none = (): z.ZodType => z.strictObject({})

const priceOptions = z.strictObject({
  price: expressionField('decimal'),
  oldPrice: expressionField('decimal').optional(),
  currency: expressionField('text').optional(),
})

const testStages: readonly StageSchema[] = [
  {
    ...pure,
    type: 'parse',
    options: () => z.strictObject({ format: z.literal('commerceml') }),
    flows: { file: 'record' },
  },
  {
    ...pure,
    type: 'map',
    options: ({ aspect }) =>
      aspect === 'stocks' ? z.strictObject({ stocks: expressionField('stocks') }) : priceOptions,
    flows: { item: 'desired' },
  },
  {
    ...pure,
    type: 'diff',
    options: none,
    flows: { record: 'record-change', desired: 'value-change', posting: 'order-change' },
  },
  {
    ...pure,
    role: 'guard',
    type: 'guard',
    options: () =>
      z.strictObject({
        maxChange: shareField().optional(),
        holdShare: shareField().optional(),
        maxZeroed: shareField().optional(),
        maxRemoved: shareField().optional(),
      }),
    flows: { 'record-change': 'record-change', 'value-change': 'value-change' },
  },
  { ...commit, type: 'store', options: none, flows: { 'record-change': 'stored' } },
  {
    ...commit,
    type: 'push',
    options: () => z.strictObject({ atMost: rateField().optional() }),
    flows: { 'value-change': 'outcome' },
  },
  { ...commit, type: 'write-orders', options: none, flows: { 'order-change': 'order-file' } },
]

const testMarketplaces: ReadonlyMap<string, MarketplaceSchema> = new Map([
  [
    'ozon',
    {
      summary: 'A marketplace of the tests.',
      settings: z.strictObject({
        clientId: z.string().regex(/^\d+$/, 'digits are expected'),
        apiKey: secretField(),
      }),
      defaultBaseUrl: 'https://api.example.ru',
      aspects: ['prices', 'stocks'],
    },
  ],
])

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'ozon-markup': ['Группа', 'коэффициент'],
  'ozon-stop': ['Ид', 'Комментарий'],
  'ozon-ids': ['Ид', 'offer_id'],
}

const testTables: TableNames = {
  names: () => Object.keys(COLUMNS),
  broken: new Set(),
  columns: (table) => COLUMNS[table] ?? [],
  cells: () => [],
}

/** A compiler that only knows the word `oops` to be wrong and finds the literal names of `lookup` and `inTable`. */
const testCompile: Compile = (source, place) => {
  const at = (index: number): Place => {
    const before = source.slice(0, index).split('\n')
    const column = (before.at(-1) ?? '').length + (before.length === 1 ? (place.column ?? 1) : 1)
    return { ...place, line: (place.line ?? 1) + before.length - 1, column }
  }
  const diagnostics = [...source.matchAll(/oops/g)].map(({ index }) => ({
    severity: 'error' as const,
    code: 'expression.unknown_function',
    message: 'unknown function "oops"',
    place: at(index),
  }))
  if (diagnostics.length > 0) return { ok: false, diagnostics }
  const names = [...source.matchAll(/(?:lookup|inTable)\("([^"]*)"(?:.*?, "([^"]*)")?/g)].flatMap(
    (match): UsedName[] => {
      const [whole, table = '', column] = match
      const first: UsedName = { kind: 'table', name: table, place: at(match.index + whole.indexOf('"')) }
      if (column === undefined) return [first]
      return [first, { kind: 'column', table, name: column, place: at(match.index + whole.lastIndexOf(`"${column}"`)) }]
    },
  )
  return { ok: true, expression: { source, names, evaluate: () => ({ kind: 'text', value: source }) } }
}

/** A temporary folder with the given files, removed after `use`. */
async function inFolder<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'obmen-config-'))
  try {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, name)), { recursive: true })
      await writeFile(join(root, name), content)
    }
    return await use(root)
  } finally {
    await rm(root, { recursive: true })
  }
}

/** Loads the configuration under `root` with the stand-ins. */
async function loadForTest(
  root: string,
  env: Readonly<Record<string, string | undefined>> = {},
  tables: TableNames = testTables,
): Promise<LoadResult> {
  const result = await loadConfig({ root, env, stages, marketplaces: testMarketplaces, compile: testCompile, tables })
  await expectAgreement(root, result.diagnostics, editor, BEYOND_JSON_SCHEMA)
  return result
}

const stages = new Map(testStages.map((stage) => [stage.type, stage]))
const editor = editorOf(stages, testMarketplaces)

/** What only a program can tell of a value. */
const BEYOND_JSON_SCHEMA = /IANA time zone|Mon-Sat 20-8/

/** The findings as people see them. */
function linesOf(result: LoadResult): string[] {
  return result.diagnostics.map(formatDiagnostic)
}

/** The key of the account `ozon-main`, in the clear. */
function apiKeyOf(config: Config | undefined): string | undefined {
  const settings = config?.accounts.get('ozon-main')?.settings as { apiKey: Secret } | undefined
  return settings?.apiKey.reveal()
}

/** The smallest whole configuration; tests replace or add files. */
const minimal: Readonly<Record<string, string>> = {
  'config/obmen.yaml': 'exchanges:\n  main:\n    inboxes: [./1c]\n    orders: { file: ./out/orders.xml, node: ./1c }\n',
  'config/marketplaces.yaml': `accounts:
  ozon-main:
    marketplace: ozon
    exchange: main
    clientId: "1"
    apiKey: \${OZON_API_KEY}
    identity: [product.article]
    warehouses: { FBS: { from: [Основной склад] } }
    counterparty: { name: Ozon, kind: company }
`,
  '.env': 'OZON_API_KEY=very-secret-key\n',
  'pipelines/1c.yaml': `name: 1c
from: { exchange: main }
to: { catalogue: main }
stages: [parse: { format: commerceml }, diff, store]
`,
}

/** A file with everything that the broken part is replaced in. */
const prices = (part: Readonly<Record<string, string>> = {}): string => {
  const lines = {
    name: 'name: ozon-prices',
    from: 'from: { catalogue: main }',
    to: 'to: { account: ozon-main, aspect: prices }',
    stages: 'stages: [map: { price: 1 }, diff, push]',
    ...part,
  }
  return `${Object.values(lines).join('\n')}\n`
}

const PRICES = 'pipelines/prices.yaml'
const OBMEN = 'config/obmen.yaml'
const ACCOUNTS = 'config/marketplaces.yaml'

/** The minimal file with one text replaced; the text must be there. */
function edited(file: string, from: string, to: string): Readonly<Record<string, string>> {
  const text = minimal[file] ?? ''
  expect(text).toContain(from)
  return { [file]: text.replace(from, to) }
}

/** Broken configurations: what is wrong, the files that differ from the minimal one, every finding. */
const broken: readonly (readonly [string, () => Readonly<Record<string, string | Uint8Array>>, readonly string[]])[] = [
  [
    'a typo in a stage name',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map: { price: 1 }
  - diff
  - pusch`,
      }),
    }),
    ['pipelines/prices.yaml:7:5 error stage.unknown_type: unknown stage "pusch"; did you mean "push"?'],
  ],
  [
    'a typo in a stage with options',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1 }, diff, { psuh: { atMost: 6 per hour } }]' }) }),
    ['pipelines/prices.yaml:4:37 error stage.unknown_type: unknown stage "psuh"; did you mean "push"?'],
  ],
  [
    'a broken flow list',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1 }, diff, push' }) }),
    ['pipelines/prices.yaml:5:1 error yaml.syntax: a [ is not closed above; add the ]'],
  ],
  [
    'a tab as indent',
    () => ({
      [PRICES]: prices({
        stages: `stages:
	- diff`,
      }),
    }),
    ['pipelines/prices.yaml:5:1 error yaml.syntax: tabs cannot indent; use spaces'],
  ],
  [
    'a key twice',
    () => ({
      [PRICES]: prices({
        fresh: `fresh: 10m
fresh: 20m`,
      }),
    }),
    ['pipelines/prices.yaml:6:1 error yaml.duplicate_key: this key stands here for the second time; keep one of them'],
  ],
  [
    'an unquoted exclamation mark',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map:
      price: !flag(x)
  - diff
  - push`,
      }),
    }),
    [
      'pipelines/prices.yaml:6:14 error yaml.tag: a value that begins with ! is a YAML tag and !flag(x) would be lost; put it in quotes or after |',
    ],
  ],
  [
    'a core tag',
    () => ({ [PRICES]: prices({ name: 'name: !!str ozon-prices' }) }),
    ['pipelines/prices.yaml:1:7 error yaml.tag: YAML tags such as !!str are not allowed; put the value in quotes'],
  ],
  [
    'an anchor and an alias',
    () => ({ [PRICES]: prices({ stages: 'stages: [&a diff, *a]' }) }),
    [
      'pipelines/prices.yaml:4:10 error yaml.anchor: anchors such as &a are not allowed; put a text that begins with & in quotes',
      'pipelines/prices.yaml:4:19 error yaml.alias: aliases such as *a are not allowed; write the value out, or put it in quotes',
    ],
  ],
  [
    'a merge key',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1, <<: { oldPrice: 2 } }, diff, push]' }) }),
    ['pipelines/prices.yaml:4:27 error yaml.merge_key: merge keys are not allowed; write the keys out'],
  ],
  [
    'a list as a key',
    () => ({ [PRICES]: prices({ fresh: '[a, b]: 1' }) }),
    ['pipelines/prices.yaml:5:1 error yaml.key: a key must be a plain word or a text in quotes, not a list or a map'],
  ],
  [
    'a key without a name',
    () => ({ [PRICES]: prices({ fresh: ': 1' }) }),
    ['pipelines/prices.yaml:5:1 error yaml.key: a key is missing before the colon'],
  ],
  [
    'two documents',
    () => ({
      [PRICES]: prices({
        fresh: `---
name: second`,
      }),
    }),
    [
      'pipelines/prices.yaml:5:1 error yaml.several_documents: a second document begins here; put each into a file of its own',
    ],
  ],
  [
    'a directive',
    () => ({
      [PRICES]: prices({
        name: `%YAML 1.1
---
name: ozon-prices`,
      }),
    }),
    ['pipelines/prices.yaml:1:1 error yaml.directive: YAML directives are not allowed; take the line away'],
  ],
  [
    'a colon inside a bare expression',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map:
      price: a ? 1 : 2
  - diff
  - push`,
      }),
    }),
    [
      'pipelines/prices.yaml:6:14 error yaml.syntax: a colon with a space after it begins a new key; put the value in quotes or after |',
    ],
  ],
  [
    'a bare variable inside braces',
    () => ({ [PRICES]: prices({ to: 'to: { account: ${NAME}, aspect: prices }' }) }),
    ['pipelines/prices.yaml:3:17 error yaml.syntax: inside { } and [ ] write "${NAME}" in quotes'],
  ],
  [
    'a value that begins with @',
    () => ({ [PRICES]: prices({ name: 'name: @prices' }) }),
    ['pipelines/prices.yaml:1:7 error yaml.syntax: a value cannot begin with @; put it in quotes'],
  ],
  [
    'a file that is not UTF-8',
    () => ({ [PRICES]: Uint8Array.of(0xd0, 0x20) }),
    ['pipelines/prices.yaml error config.encoding: the file is not UTF-8; save it in this encoding'],
  ],
  [
    'an empty pipeline file',
    () => ({ [PRICES]: '# later\n' }),
    ['pipelines/prices.yaml:1:1 error pipeline.empty: the file is empty; a pipeline has name, from, to and stages'],
  ],
  [
    'a missing variable',
    () => edited(ACCOUNTS, '${OZON_API_KEY}', '${OZON_KEY}'),
    [
      'config/marketplaces.yaml:6:13 error env.missing: the variable OZON_KEY is not set; write OZON_KEY=… into .env beside config/',
    ],
  ],
  [
    'a variable that nobody has',
    () => edited(ACCOUNTS, 'clientId: "1"', 'clientId: ${NOWHERE_TO_BE_FOUND}'),
    [
      'config/marketplaces.yaml:5:15 error env.missing: the variable NOWHERE_TO_BE_FOUND is not set; write NOWHERE_TO_BE_FOUND=… into .env beside config/',
    ],
  ],
  [
    'an empty variable',
    () => ({ '.env': 'OZON_API_KEY=\n' }),
    [
      'config/marketplaces.yaml:6:13 error env.missing: the variable OZON_API_KEY is empty; write OZON_API_KEY=… into .env beside config/',
    ],
  ],
  [
    'a malformed variable',
    () => edited(ACCOUNTS, '${OZON_API_KEY}', '${OZON-KEY}'),
    [
      'config/marketplaces.yaml:6:13 error env.reference: a variable is written ${NAME}, with Latin letters, digits and _ only',
    ],
  ],
  [
    'a broken .env',
    () => ({ '.env': 'OZON_API_KEY=very-secret-key\nnonsense\nA="open\nOZON_API_KEY=x\n' }),
    [
      '.env:2:1 error env.syntax: a line must read NAME=value',
      '.env:3:1 error env.syntax: the quotes around the value of A are not closed',
      '.env:4:1 error env.duplicate: OZON_API_KEY is set for the second time; keep one of the lines',
    ],
  ],
  [
    'a variable inside an expression of map',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: "${PRICE} * 2" }, diff, push]' }) }),
    [
      'pipelines/prices.yaml:4:25 error expression.env: no ${…} inside an expression; put the value into a table of config/mapping/',
    ],
  ],
  [
    'a variable inside select and identity',
    () =>
      edited(
        ACCOUNTS,
        'identity: [product.article]',
        `select: \${A}
    identity: ["slug(\${B})"]`,
      ),
    [
      'config/marketplaces.yaml:7:13 error expression.env: no ${…} inside an expression; put the value into a table of config/mapping/',
      'config/marketplaces.yaml:8:17 error expression.env: no ${…} inside an expression; put the value into a table of config/mapping/',
    ],
  ],
  [
    'no exchange',
    () => ({
      [OBMEN]: `locale: ru
`,
    }),
    ['config/obmen.yaml:1:1 error config.missing_key: the key "exchanges" is missing'],
  ],
  [
    'an empty map of exchanges',
    () => ({
      [OBMEN]: `exchanges: {}
`,
    }),
    ['config/obmen.yaml:1:1 error config.no_exchange: at least one exchange is expected'],
  ],
  [
    'an unknown key with a near one',
    () => edited(OBMEN, 'inboxes:', 'inboxs:'),
    [
      'config/obmen.yaml:2:3 error config.missing_key: the key "inboxes" is missing',
      'config/obmen.yaml:3:5 error config.unknown_key: unknown key "inboxs"; did you mean "inboxes"?',
    ],
  ],
  [
    'an unknown key without a near one',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `verbose: yes
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:1 error config.unknown_key: unknown key "verbose"; known here: locale, state, work, archive, quarantine, reports, redis, mail, exchanges',
    ],
  ],
  [
    'a redis that is none, and a prefix with a colon; the password is not shown',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `redis: { url: "http://user:hush@localhost", prefix: "a:b" }
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:15 error config.invalid_value: "url": an URL of a Redis server is expected, such as redis://user:password@127.0.0.1:6379/0',
      'config/obmen.yaml:1:53 error config.invalid_value: "prefix" is "a:b"; letters a-z, digits, dot, dash and underscore are expected',
    ],
  ],
  [
    'an unknown locale',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `locale: rus
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:9 error config.invalid_value: "locale" is "rus"; one of ru, en is expected; did you mean "ru"?',
    ],
  ],
  [
    'a node that is no inbox',
    () => edited(OBMEN, 'node: ./1c', 'node: ./1c/offers'),
    [
      'config/obmen.yaml:4:45 error exchange.unknown_node: the node "./1c/offers" is none of the inboxes; write the one that loads the order file',
    ],
  ],
  [
    'an inbox that is a number, and an empty list',
    () => edited(OBMEN, 'inboxes: [./1c]', 'inboxes: [5, ""]'),
    [
      'config/obmen.yaml:3:15 error config.invalid_value: an entry of "inboxes" is "5"; a text is expected: put it in quotes',
      'config/obmen.yaml:3:18 error config.invalid_value: an entry of "inboxes" is empty; a text is expected',
    ],
  ],
  [
    'pictures under an address that is none',
    () => edited(OBMEN, '  main:', '  main:\n    images: { publish: ./public, baseUrl: shop.example }'),
    [
      'config/obmen.yaml:3:43 error config.invalid_value: "baseUrl" is "shop.example"; an address on the web is expected, such as https://shop.example.ru/pictures',
    ],
  ],
  [
    'an exchange name in capitals',
    () => edited(OBMEN, '  main:', '  Main:'),
    [
      'config/marketplaces.yaml:4:15 error account.unknown_exchange: no exchange "main"; did you mean "Main"?',
      'config/obmen.yaml:2:3 error config.invalid_name: "Main": a name is made of lower-case Latin letters, digits and hyphens',
      'pipelines/1c.yaml:2:19 error pipeline.unknown_exchange: no exchange "main"; did you mean "Main"?',
      'pipelines/1c.yaml:3:18 error pipeline.unknown_exchange: no exchange "main"; did you mean "Main"?',
    ],
  ],
  [
    'an unknown time zone',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    timezone: Moscow
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:15 error config.invalid_value: "timezone" is "Moscow"; an IANA time zone is expected, such as Europe/Moscow or Asia/Yekaterinburg',
    ],
  ],
  [
    'durations without a unit, of 0 and with a space',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    settle: 2
    poll: 0s
    incomplete: 10 min
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:13 error config.invalid_value: "settle" is "2"; a duration needs a number and its unit, such as 30s, 10m, 14h, 1d or 500ms; write 2s or 2m',
      'config/obmen.yaml:4:11 error config.invalid_value: "poll" is "0s"; a duration needs a number and its unit, such as 30s, 10m, 14h, 1d or 500ms',
      'config/obmen.yaml:5:17 error config.invalid_value: "incomplete" is "10 min"; a duration needs a number and its unit, such as 30s, 10m, 14h, 1d or 500ms',
    ],
  ],
  [
    'a marker that is an exchange file itself',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    marker: "*.xml"
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:13 error config.invalid_value: "marker" is "*.xml"; a name is expected that no exchange file has: "*.done" for a marker per file, "ready.flag" for one per folder',
    ],
  ],
  [
    'working hours that end before they begin',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    silence: { hours: Mon-Sat 20-8, work: 30m, off: 14h }
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:23 error config.invalid_value: "hours" is "Mon-Sat 20-8"; working hours are days and hours of one day, such as "Mon-Sat 8-20" or "Mon,Wed-Fri 9-18"',
    ],
  ],
  [
    'numbers too long for 1C',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    numbers: { prefix: OZON-, digits: 8 }
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:14 error exchange.numbers: prefix and digits make 13 characters, 1C keeps 11; shorten one of them',
    ],
  ],
  [
    'a prefix for УНФ',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    profile: unf
    inboxes`,
      ),
    [
      'config/obmen.yaml:2:3 error exchange.numbers: УНФ keeps numbers of 6 digits; write { prefix: "", digits: 6, start: 1 }',
    ],
  ],
  [
    'a currency by its number',
    () =>
      edited(
        OBMEN,
        '    inboxes',
        `    currency: { руб: 643, р: rub }
    inboxes`,
      ),
    [
      'config/obmen.yaml:3:22 error config.invalid_value: "руб" is "643"; a text is expected: put it in quotes',
      'config/obmen.yaml:3:30 error config.invalid_value: "р" is "rub"; an ISO code of three capital letters is expected, such as RUB',
    ],
  ],
  [
    'a state folder inside an inbox',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `state: ./1c/state
exchanges:`,
      ),
    [
      'config/obmen.yaml:4:15 error config.folder_clash: exchanges.main.inboxes and state are one folder, or one lies inside the other; give each a folder of its own',
    ],
  ],
  [
    'two exchanges with one inbox',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `exchanges:
  other: { inboxes: [./1c] }`,
      ),
    [
      'config/obmen.yaml:4:15 error config.folder_clash: exchanges.main.inboxes and exchanges.other.inboxes are one folder, or one lies inside the other; give each a folder of its own',
    ],
  ],
  [
    'mail without a server',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `mail: { from: nobody, people: { admins: [a@example.ru, b] }, send: { errors: admin, warnings: admins } }
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:1 error config.missing_key: the key "smtp" is missing',
      'config/obmen.yaml:1:15 error config.invalid_value: "from" is "nobody"; a mail address is expected, such as shop@example.ru',
      'config/obmen.yaml:1:56 error config.invalid_value: an entry of "admins" is "b"; a mail address is expected, such as shop@example.ru',
      'config/obmen.yaml:1:85 error config.unknown_key: unknown key "warnings"; known here: errors, rejections, daily, tables',
    ],
  ],
  [
    'mail to a group that is not there',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `mail:
  smtp: smtp://u:very-secret@localhost
  from: a@example.ru
  people: { admins: [a@example.ru] }
  send: { errors: [admins, admin] }
exchanges:`,
      ),
    ['config/obmen.yaml:5:19 error mail.unknown_group: no group "admin" among people; did you mean "admins"?'],
  ],
  [
    'a mail server that is no URL',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `mail: { smtp: very-secret, from: a@example.ru, people: { admins: [a@example.ru] } }
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:15 error config.invalid_value: "smtp": an URL of a mail server is expected, such as smtps://user:password@smtp.example.ru:465',
    ],
  ],
  [
    'an archive without a folder',
    () =>
      edited(
        OBMEN,
        'exchanges:',
        `archive: { keep: 30 }
exchanges:`,
      ),
    [
      'config/obmen.yaml:1:10 error config.invalid_value: "archive": a folder is expected, or { folder: ./archive, keep: 30d }',
    ],
  ],
  [
    'a list where a map belongs',
    () =>
      edited(
        OBMEN,
        `exchanges:
  main:`,
        `exchanges:
  second: [1]
  main:`,
      ),
    ['config/obmen.yaml:2:11 error config.invalid_value: "second": a map of keys and values is expected'],
  ],
  [
    'an unknown marketplace',
    () => edited(ACCOUNTS, 'marketplace: ozon', 'marketplace: ozone'),
    ['config/marketplaces.yaml:3:18 error account.unknown_marketplace: no marketplace "ozone"; did you mean "ozon"?'],
  ],
  [
    'an unknown exchange',
    () => edited(ACCOUNTS, 'exchange: main', 'exchange: mian'),
    ['config/marketplaces.yaml:4:15 error account.unknown_exchange: no exchange "mian"; did you mean "main"?'],
  ],
  [
    'unknown keys of an account, common and own',
    () =>
      edited(
        ACCOUNTS,
        'clientId: "1"',
        `clientID: "1"
    warehouse: {}`,
      ),
    [
      'config/marketplaces.yaml:2:3 error config.missing_key: the key "clientId" is missing',
      'config/marketplaces.yaml:5:5 error config.unknown_key: unknown key "clientID"; did you mean "clientId"?',
      'config/marketplaces.yaml:6:5 error config.unknown_key: unknown key "warehouse"; did you mean "warehouses"?',
    ],
  ],
  [
    'a client id without digits',
    () => edited(ACCOUNTS, 'clientId: "1"', 'clientId: abc'),
    ['config/marketplaces.yaml:5:15 error config.invalid_value: "clientId" is "abc"; digits are expected'],
  ],
  [
    'a key that is missing',
    () =>
      edited(
        ACCOUNTS,
        `    apiKey: \${OZON_API_KEY}
`,
        '',
      ),
    ['config/marketplaces.yaml:2:3 error config.missing_key: the key "apiKey" is missing'],
  ],
  [
    'a secret that is a map',
    () => edited(ACCOUNTS, '${OZON_API_KEY}', '{ a: very-secret }'),
    ['config/marketplaces.yaml:6:13 error config.invalid_value: "apiKey": a text is expected'],
  ],
  [
    'a base URL without a scheme',
    () =>
      edited(
        ACCOUNTS,
        'clientId:',
        `baseUrl: api.example.ru
    clientId:`,
      ),
    [
      'config/marketplaces.yaml:5:14 error config.invalid_value: "baseUrl" is "api.example.ru"; an address such as https://api.example.ru is expected',
    ],
  ],
  [
    'a warehouse without a source, with a negative buffer',
    () => edited(ACCOUNTS, '{ from: [Основной склад] }', '{ orders: x, buffer: -1, hideBelow: 1.5 }'),
    [
      'config/marketplaces.yaml:8:19 error config.missing_key: the key "from" is missing',
      'config/marketplaces.yaml:8:45 error config.invalid_value: "buffer" is "-1"; at least 0 is expected',
      'config/marketplaces.yaml:8:60 error config.invalid_value: "hideBelow" is "1.5"; a whole number is expected',
    ],
  ],
  [
    'a number that is no ИНН',
    () => edited(ACCOUNTS, 'kind: company', 'kind: company, inn: "77", kpp: 1'),
    ['config/marketplaces.yaml:9:64 error config.invalid_value: "kpp" is "1"; a text is expected: put it in quotes'],
  ],
  [
    'a counterparty that cannot be found in 1C',
    () => edited(ACCOUNTS, 'kind: company', 'kind: company, inn: "77", kpp: "1"'),
    [
      'config/marketplaces.yaml:9:53 warning account.inn: "77" has not the form of this number; ИНН has 10 digits (company) or 12 (person)',
      'config/marketplaces.yaml:9:64 warning account.kpp: "1" has not the form of this number; КПП has 9 characters',
    ],
  ],
  [
    'an account name with a dot',
    () => edited(ACCOUNTS, 'ozon-main:', 'ozon.main:'),
    [
      'config/marketplaces.yaml:2:3 error config.invalid_name: "ozon.main": a name is made of lower-case Latin letters, digits and hyphens',
    ],
  ],
  [
    'a wrong word, and an expression in a block',
    () =>
      edited(
        ACCOUNTS,
        'identity: [product.article]',
        `select: |
      product.article != "" &&
        oops(offer.id)
    stale: { after: 1d, then: holdd }
    identity:
      - '"it''s" + oops()'
      - >-
        first
        oops
      - "\\"\\u0041\\" + oops"`,
      ),
    [
      'config/marketplaces.yaml:9:9 error expression.unknown_function: unknown function "oops"',
      'config/marketplaces.yaml:10:31 error config.invalid_value: "then" is "holdd"; one of hold, zero is expected; did you mean "hold"?',
      'config/marketplaces.yaml:12:20 error expression.unknown_function: unknown function "oops"',
      'config/marketplaces.yaml:15:9 error expression.unknown_function: unknown function "oops"',
      'config/marketplaces.yaml:16:23 error expression.unknown_function: unknown function "oops"',
    ],
  ],
  [
    'a table and a column that are not there',
    () =>
      edited(
        ACCOUNTS,
        '[product.article]',
        `
      - lookup("ozon-id", offer.id, "offer_id")
      - lookup("ozon-ids", offer.id, "offerid")
      - lookup("ozon-ids", offer.id, "нет")`,
      ),
    [
      'config/marketplaces.yaml:8:16 error expression.unknown_table: no table "ozon-id"; did you mean "ozon-ids"?',
      'config/marketplaces.yaml:9:38 error expression.unknown_column: the table "ozon-ids" has no column "offerid"; did you mean "offer_id"?',
      'config/marketplaces.yaml:10:38 error expression.unknown_column: the table "ozon-ids" has no column "нет"; known here: Ид, offer_id',
    ],
  ],
  [
    'a pipeline of nothing but a name',
    () => ({
      [PRICES]: `name: ozon-prices
`,
    }),
    [
      'pipelines/prices.yaml:1:1 error config.missing_key: the key "stages" is missing',
      'pipelines/prices.yaml:1:1 error config.missing_key: the key "from" is missing',
      'pipelines/prices.yaml:1:1 error config.missing_key: the key "to" is missing',
    ],
  ],
  [
    'two sources',
    () => ({ [PRICES]: prices({ from: 'from: { catalogue: main, exchange: main }' }) }),
    [
      'pipelines/prices.yaml:2:1 error pipeline.source: from names exactly one of exchange, catalogue, postings, listing, such as { exchange: main }',
    ],
  ],
  [
    'an interval that belongs elsewhere',
    () => ({ [PRICES]: prices({ from: 'from: { catalogue: main, every: 1m }' }) }),
    ['pipelines/prices.yaml:2:26 error pipeline.source: "every" belongs to from: { postings: … } or { listing: … }'],
  ],
  [
    'no aspect',
    () => ({ [PRICES]: prices({ to: 'to: { account: ozon-main }' }) }),
    ['pipelines/prices.yaml:3:1 error pipeline.target: the key "aspect" is missing after from: { catalogue: … }'],
  ],
  [
    'keys of another target',
    () => ({ [PRICES]: prices({ to: 'to: { account: ozon-main, aspect: prices, exchange: main }' }) }),
    [
      'pipelines/prices.yaml:3:43 error pipeline.target: "exchange" has no meaning after from: { catalogue: … }; it takes account and aspect',
    ],
  ],
  [
    'an unknown account and catalogue',
    () => ({
      [PRICES]: prices({ from: 'from: { catalogue: mian }', to: 'to: { account: ozon-mian, aspect: prices }' }),
    }),
    [
      'pipelines/prices.yaml:2:20 error pipeline.unknown_exchange: no exchange "mian"; did you mean "main"?',
      'pipelines/prices.yaml:3:16 error pipeline.unknown_account: no account "ozon-mian"; did you mean "ozon-main"?',
    ],
  ],
  [
    'an aspect that the marketplace lacks',
    () => ({ [PRICES]: prices({ to: 'to: { account: ozon-main, aspect: cards }' }) }),
    [
      'pipelines/prices.yaml:3:35 error pipeline.aspect_not_supported: ozon takes no cards in this version; known here: prices, stocks',
    ],
  ],
  [
    'absent without a guard',
    () => ({
      [PRICES]: prices({
        to: 'to: { account: ozon-main, aspect: stocks, absent: zero }',
        stages: 'stages: [map: { stocks: byWarehouse() }, diff, push]',
      }),
    }),
    [
      'pipelines/prices.yaml:3:43 error pipeline.no_guard: absent: zero needs a guard before the last stage, such as guard: { maxZeroed: 10% }',
    ],
  ],
  [
    'absent without a meaning',
    () => ({
      [PRICES]: prices({
        to: 'to: { account: ozon-main, aspect: prices, absent: zero }',
        stages: 'stages: [map: { price: 1 }, diff, guard: { maxChange: 50% }, push]',
      }),
    }),
    ['pipelines/prices.yaml:3:51 error pipeline.absent: "zero" has no meaning for prices; write ignore'],
  ],
  [
    'an order of stages that does not fit',
    () => ({ [PRICES]: prices({ stages: 'stages: [diff, map: { price: 1 }, push]' }) }),
    [
      'pipelines/prices.yaml:4:10 error stage.order: "diff" takes record or desired or posting, but from: { catalogue: … } before it gives item',
    ],
  ],
  [
    'nothing that commits',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1 }, diff]' }) }),
    [
      'pipelines/prices.yaml:4:1 error pipeline.no_commit: the last stage must be one that commits: store, push, write-orders',
    ],
  ],
  [
    'a stage behind the one that commits',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1 }, diff, push, diff, push]' }) }),
    [
      'pipelines/prices.yaml:4:41 error stage.order: "diff" stands after "push"; the stage that commits comes last, and once',
      'pipelines/prices.yaml:4:47 error stage.order: "push" stands after "push"; the stage that commits comes last, and once',
    ],
  ],
  [
    'a pure stage and a second guard behind a guard',
    () => ({
      [PRICES]: prices({
        stages: 'stages: [map: { price: 1 }, guard: { maxChange: 1% }, diff, guard: { maxChange: 1% }, push]',
      }),
    }),
    [
      'pipelines/prices.yaml:4:55 error stage.order: "diff" stands after "guard"; only the stage that commits may follow it',
      'pipelines/prices.yaml:4:61 error stage.order: "guard" stands after "guard"; one guard is enough',
    ],
  ],
  [
    'a stage with an empty value',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map: { price: 1 }
  - diff:
  - push`,
      }),
    }),
    ['pipelines/prices.yaml:6:5 error stage.form: "diff" has no options here; write the bare name diff'],
  ],
  [
    'options that are not indented',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map:
    price: 1
  - diff
  - push`,
      }),
    }),
    [
      'pipelines/prices.yaml:6:5 error stage.form: "price" stands beside the stage "map"; options are indented below it, another stage begins with "- "',
    ],
  ],
  [
    'a stage that is a number',
    () => ({ [PRICES]: prices({ stages: 'stages: [5, [diff], push]' }) }),
    [
      'pipelines/prices.yaml:4:10 error stage.form: a stage is a bare name, or its name as a key with options',
      'pipelines/prices.yaml:4:13 error stage.form: a stage is a bare name, or its name as a key with options',
    ],
  ],
  [
    'shares and rates of the wrong form',
    () => ({
      [PRICES]: prices({
        stages: 'stages: [map: { price: 1 }, diff, guard: { maxChange: 0.5, holdShare: 300% }, push: { atMost: 6/h }]',
      }),
    }),
    [
      'pipelines/prices.yaml:4:55 error config.invalid_value: "maxChange" is "0.5"; a share is written in percent from 0% to 100%, such as 10%; write 50%',
      'pipelines/prices.yaml:4:71 error config.invalid_value: "holdShare" is "300%"; a share is written in percent from 0% to 100%, such as 10%',
      'pipelines/prices.yaml:4:95 error config.invalid_value: "atMost" is "6/h"; a rate is a whole number per second, minute, hour or day, such as 6 per hour',
    ],
  ],
  [
    'an unknown option',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: 1 }, diff, push: { atmost: 6 per hour }]' }) }),
    ['pipelines/prices.yaml:4:43 error config.unknown_key: unknown key "atmost"; did you mean "atMost"?'],
  ],
  [
    'a comma in a bare expression',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: first(price("A"), price("B")) }, diff, push]' }) }),
    [
      'pipelines/prices.yaml:4:42 error config.unknown_key: unknown key "price(\\"B\\"))"; inside { } a comma begins a new key: put the expression in quotes',
    ],
  ],
  [
    'a faulty expression',
    () => ({
      [PRICES]: prices({
        stages: `stages:
  - map: { price: oops(1) * 2 }
  - diff
  - push`,
      }),
    }),
    ['pipelines/prices.yaml:5:19 error expression.unknown_function: unknown function "oops"'],
  ],
  [
    'constants of the wrong type',
    () => ({
      [PRICES]: prices({ stages: 'stages: [map: { price: { text: a }, oldPrice: true, currency: 5 }, diff, push]' }),
    }),
    [
      'pipelines/prices.yaml:4:24 error config.invalid_value: "price": an expression or a number is expected',
      'pipelines/prices.yaml:4:47 error config.invalid_value: "oldPrice" is "true"; an expression or a number is expected',
      'pipelines/prices.yaml:4:63 error config.invalid_value: "currency" is "5"; an expression or a constant text such as { text: RUB } is expected',
    ],
  ],
  [
    'a list where an expression belongs',
    () => ({ [PRICES]: prices({ stages: 'stages: [map: { price: [1] }, diff, push]' }) }),
    ['pipelines/prices.yaml:4:24 error config.invalid_value: "price": an expression or a number is expected'],
  ],
  [
    'two pipelines of one name and target',
    () => ({ [PRICES]: prices(), 'pipelines/zz.yaml': prices() }),
    [
      'pipelines/zz.yaml:1:7 error pipeline.duplicate_name: the name "ozon-prices" also stands in pipelines/prices.yaml; keep one of them',
      'pipelines/zz.yaml:3:35 error pipeline.duplicate_target: the prices of "ozon-main" are written in pipelines/prices.yaml; keep one of them',
    ],
  ],
  [
    'two pipelines for the files of one exchange',
    () => ({ 'pipelines/2c.yaml': (minimal['pipelines/1c.yaml'] ?? '').replace('name: 1c', 'name: c2') }),
    [
      'pipelines/2c.yaml:2:19 error pipeline.duplicate_source: the files of "main" are taken in pipelines/1c.yaml; keep one of them',
    ],
  ],
  [
    'orders to another exchange',
    () => ({
      [PRICES]: `name: orders
from: { postings: ozon-main, look: 1m }
to: { exchange: second }
stages: [diff, write-orders]
`,
    }),
    [
      'pipelines/prices.yaml:2:30 error pipeline.source: "look" belongs to from: { catalogue: … }',
      'pipelines/prices.yaml:3:17 error pipeline.unknown_exchange: no exchange "second"; known here: main',
    ],
  ],
  [
    'orders without an order file and a buyer',
    () => ({
      ...edited(OBMEN, '    orders: { file: ./out/orders.xml, node: ./1c }\n', ''),
      ...edited(ACCOUNTS, '    counterparty: { name: Ozon, kind: company }\n', ''),
      [PRICES]: 'name: orders\nfrom: { postings: ozon-main }\nto: { exchange: main }\nstages: [diff, write-orders]\n',
    }),
    [
      'pipelines/prices.yaml:2:19 error pipeline.no_counterparty: the account has no counterparty, and 1C takes no order without a buyer; add counterparty to the account',
      'pipelines/prices.yaml:3:17 error pipeline.no_order_file: the exchange "main" has no order file; add orders: { file: …, node: … } to it',
    ],
  ],
  [
    'stocks without warehouses',
    () => ({
      ...edited(ACCOUNTS, '    warehouses: { FBS: { from: [Основной склад] } }\n', ''),
      [PRICES]: prices({
        to: 'to: { account: ozon-main, aspect: stocks }',
        stages: 'stages: [map: { stocks: byWarehouse() }, diff, push]',
      }),
    }),
    [
      'pipelines/prices.yaml:3:35 error pipeline.no_warehouses: the account has no warehouses to state stock for; add warehouses to the account',
    ],
  ],
  [
    'a reconciliation',
    () => ({
      [PRICES]: `name: reconcile
from: { listing: ozon-main }
to: { account: ozon-main }
stages: [diff, push]
`,
    }),
    [
      'pipelines/prices.yaml:2:9 error pipeline.no_flow: no stage of this version works on a listing; take the pipeline away',
    ],
  ],
  [
    'the catalogue of another base',
    () => ({
      [OBMEN]: 'exchanges:\n  main: { inboxes: [./1c] }\n  second: { inboxes: [./2c] }\n',
      ...edited('pipelines/1c.yaml', 'catalogue: main', 'catalogue: second'),
      [PRICES]: prices({ from: 'from: { catalogue: second }' }),
    }),
    [
      'pipelines/1c.yaml:3:18 error pipeline.mismatch: an exchange fills the catalogue of its own name: "main" is expected instead of "second"',
      'pipelines/prices.yaml:2:20 error pipeline.mismatch: an account sells the goods of its exchange: "main" is expected instead of "second"',
    ],
  ],
  [
    'a broken file hides nothing in the others',
    () => ({
      ...edited(OBMEN, 'main:', 'main: ['),
      ...edited(ACCOUNTS, 'kind: company', 'kind: firm'),
      [PRICES]: prices({ name: 'name: Prices', to: 'to: { account: ozon-main, aspekt: prices }' }),
    }),
    [
      'config/marketplaces.yaml:9:39 error config.invalid_value: "kind" is "firm"; one of company, person is expected',
      'config/obmen.yaml:4:5 error yaml.syntax: missing , between flow sequence items',
      'pipelines/prices.yaml:1:7 error config.invalid_value: "name" is "Prices"; a name is made of lower-case Latin letters, digits and hyphens',
      'pipelines/prices.yaml:3:1 error pipeline.target: the key "aspect" is missing after from: { catalogue: … }',
      'pipelines/prices.yaml:3:27 error config.unknown_key: unknown key "aspekt"; did you mean "aspect"?',
    ],
  ],
  [
    'a map that is not closed, in the words of people',
    () => ({ [PRICES]: prices({ to: 'to: { account: ozon-main, aspect: prices' }) }),
    ['pipelines/prices.yaml:4:1 error yaml.syntax: a { is not closed above; add the }'],
  ],
  [
    'a missing colon',
    () => ({ [PRICES]: prices({ fresh: 'fresh 10m' }) }),
    ['pipelines/prices.yaml:5:1 error yaml.syntax: a colon and a value are missing after this key'],
  ],
  [
    'an account of an unknown exchange, which says nothing about its pipelines',
    () => ({ ...edited(ACCOUNTS, 'exchange: main', 'exchange: mian'), [PRICES]: prices() }),
    ['config/marketplaces.yaml:4:15 error account.unknown_exchange: no exchange "mian"; did you mean "main"?'],
  ],
]

describe('findings', () => {
  it.each(broken)('%s', async (_, files, expected) => {
    const lines = await inFolder({ ...minimal, ...files() }, async (root) => linesOf(await loadForTest(root)))

    expect(lines).toEqual(expected)
  })
})

const REPOSITORY = join(import.meta.dirname, '..', '..')

/** The environment that the shipped configuration asks for. */
const shippedEnv = {
  OZON_CLIENT_ID: '123',
  OZON_API_KEY: 'very-secret-key',
  SMTP_URL: 'smtp://u:very-secret@localhost',
}

/** Loads the shipped configuration with the tables it ships; `use` may change it before. */
function loadShipped(change: (root: string) => Promise<void> = async () => {}): Promise<LoadResult> {
  return inFolder({}, async (root) => {
    for (const folder of ['config', 'pipelines']) {
      await cp(join(REPOSITORY, folder), join(root, folder), { recursive: true })
    }
    const columns = new Map<string, readonly string[]>()
    for (const name of ['ozon-markup', 'ozon-stop', 'ozon-ids']) {
      const [header = ''] = (await readFile(join(root, 'config', 'mapping', `${name}.csv`), 'utf8')).split('\n')
      columns.set(name, header.split(';'))
    }
    await change(root)
    const tables = {
      names: () => [...columns.keys()],
      broken: new Set<string>(),
      columns: (table: string) => columns.get(table) ?? [],
      cells: () => [],
    }
    return loadForTest(root, shippedEnv, tables)
  })
}

describe('the shipped configuration', () => {
  it('loads without a finding', async () => {
    const result = await loadShipped()

    expect(linesOf(result)).toEqual([])
    expect(
      result.config?.pipelines.map(({ name, from, to, stages }) => [name, from, to, stages.map((s) => s.type)]),
    ).toEqual([
      [
        '1c',
        { kind: 'exchange', exchange: 'main' },
        { catalogue: 'main', absent: 'ignore' },
        ['parse', 'diff', 'guard', 'store'],
      ],
      [
        'ozon-orders',
        { kind: 'postings', account: 'ozon-main', every: 60_000 },
        { exchange: 'main', absent: 'ignore' },
        ['diff', 'write-orders'],
      ],
      [
        'ozon-prices',
        { kind: 'catalogue', catalogue: 'main', look: 600_000 },
        { account: 'ozon-main', aspect: 'prices', absent: 'ignore' },
        ['map', 'diff', 'guard', 'push'],
      ],
      [
        'ozon-stocks',
        { kind: 'catalogue', catalogue: 'main', look: 300_000 },
        { account: 'ozon-main', aspect: 'stocks', absent: 'zero' },
        ['map', 'diff', 'guard', 'push'],
      ],
    ])
  })

  it('names every variable in .env.example', async () => {
    const example = await readFile(join(REPOSITORY, '.env.example'), 'utf8')

    expect(new Set([...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name))).toEqual(
      new Set(Object.keys(shippedEnv)),
    )
  })

  it('gives no secret away, however it is printed', async () => {
    const { config } = await loadShipped()

    const printed = `${inspect(config, { depth: null, showHidden: true })}${JSON.stringify(config)}${JSON.stringify([...(config?.accounts ?? [])])}`
    expect(printed).toContain('[secret]')
    expect(printed).not.toContain('very-secret')
    expect(apiKeyOf(config)).toBe('very-secret-key')
    expect(config?.mail?.smtp.reveal()).toBe('smtp://u:very-secret@localhost')
  })

  it('never shows a secret in a finding', async () => {
    const result = await loadShipped(async (root) => {
      const file = join(root, 'config', 'marketplaces.yaml')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('apiKey: ${OZON_API_KEY}', 'apiKey: [very-secret]\n    password: very-secret'))
    })

    expect(linesOf(result)).toEqual([
      'config/marketplaces.yaml:9:13 error config.invalid_value: "apiKey": a text is expected',
      'config/marketplaces.yaml:10:5 error config.unknown_key: unknown key "password"; known here: marketplace, exchange, baseUrl, select, identity, warehouses, stale, counterparty, status, clientId, apiKey',
    ])
  })
})

describe('a sound configuration', () => {
  it('becomes the model, with defaults, absolute folders and the places of what was written', async () => {
    await inFolder(
      {
        ...minimal,
        [PRICES]: prices({
          stages:
            'stages: [map: { price: price("Розничная") * 2, oldPrice: 1250.50 }, diff, push: { atMost: 6 per hour }]',
          fresh: 'fresh: 10m',
        }),
      },
      async (root) => {
        const { config, diagnostics } = await loadForTest(root)

        expect(diagnostics).toEqual([])
        expect(config).toEqual({
          root,
          locale: 'ru',
          folders: {
            state: join(root, 'state'),
            work: join(root, 'work'),
            archive: join(root, 'archive'),
            quarantine: join(root, 'quarantine'),
            reports: join(root, 'reports'),
          },
          heldPlaces: {
            state: { file: 'config/obmen.yaml', line: 1, column: 1 },
            work: { file: 'config/obmen.yaml', line: 1, column: 1 },
            redis: { file: 'config/obmen.yaml', line: 1, column: 1 },
          },
          archiveKeep: 2_592_000_000,
          exchanges: new Map([
            [
              'main',
              {
                name: 'main',
                place: { file: OBMEN, line: 2, column: 3 },
                inboxes: [join(root, '1c')],
                orders: { file: join(root, 'out', 'orders.xml'), node: join(root, '1c') },
                profile: 'native',
                numbers: { prefix: 'OZ', digits: 6, start: 1 },
                take: 'move',
                timezone: 'Europe/Moscow',
                stock: 'free',
                currency: new Map(),
                settle: 2000,
                incomplete: 600_000,
                setQuiet: 600_000,
                removed: 'ignore',
              },
            ],
          ]),
          accounts: new Map([
            [
              'ozon-main',
              {
                name: 'ozon-main',
                place: { file: ACCOUNTS, line: 2, column: 3 },
                marketplace: 'ozon',
                exchange: 'main',
                baseUrl: 'https://api.example.ru',
                settings: { clientId: '1', apiKey: new Secret('very-secret-key') },
                identity: [{ text: 'product.article', place: { file: ACCOUNTS, line: 7, column: 16 } }],
                warehouses: new Map([
                  [
                    'FBS',
                    {
                      place: { file: ACCOUNTS, line: 8, column: 19 },
                      from: ['Основной склад'],
                      buffer: 0,
                      hideBelow: 0,
                    },
                  ],
                ]),
                counterparty: { name: 'Ozon', kind: 'company' },
                status: new Map(),
              },
            ],
          ]),
          pipelines: [
            {
              name: '1c',
              place: { file: 'pipelines/1c.yaml', line: 1, column: 7 },
              from: { kind: 'exchange', exchange: 'main' },
              to: { catalogue: 'main', absent: 'ignore' },
              stages: [
                {
                  type: 'parse',
                  options: { format: 'commerceml' },
                  place: { file: 'pipelines/1c.yaml', line: 4, column: 10 },
                  optionPlaces: new Map([['format', { file: 'pipelines/1c.yaml', line: 4, column: 27 }]]),
                },
                {
                  type: 'diff',
                  options: {},
                  place: { file: 'pipelines/1c.yaml', line: 4, column: 41 },
                  optionPlaces: new Map(),
                },
                {
                  type: 'store',
                  options: {},
                  place: { file: 'pipelines/1c.yaml', line: 4, column: 47 },
                  optionPlaces: new Map(),
                },
              ],
            },
            {
              name: 'ozon-prices',
              place: { file: PRICES, line: 1, column: 7 },
              from: { kind: 'catalogue', catalogue: 'main', look: 600_000 },
              to: { account: 'ozon-main', aspect: 'prices', absent: 'ignore' },
              fresh: 600_000,
              stages: [
                {
                  type: 'map',
                  options: {
                    price: {
                      kind: 'expression',
                      source: { text: 'price("Розничная") * 2', place: { file: PRICES, line: 4, column: 24 } },
                      expects: 'decimal',
                    },
                    oldPrice: { kind: 'constant', value: '1250.5' },
                  },
                  place: { file: PRICES, line: 4, column: 10 },
                  optionPlaces: new Map([
                    ['price', { file: PRICES, line: 4, column: 24 }],
                    ['oldPrice', { file: PRICES, line: 4, column: 58 }],
                  ]),
                },
                { type: 'diff', options: {}, place: { file: PRICES, line: 4, column: 69 }, optionPlaces: new Map() },
                {
                  type: 'push',
                  options: { atMost: { count: 6, per: 3_600_000 } },
                  place: { file: PRICES, line: 4, column: 75 },
                  optionPlaces: new Map([['atMost', { file: PRICES, line: 4, column: 91 }]]),
                },
              ],
            },
          ],
        })
      },
    )
  })

  it('lets the environment win over .env, in every string and never in a key', async () => {
    const files = {
      ...minimal,
      ...edited(ACCOUNTS, 'clientId: "1"', 'clientId: "${A}2${B}"\n    status: { "${A}": "x${B}" }'),
      '.env': 'OZON_API_KEY=from-file\nA=1\nB=3\n',
    }

    const { config } = await inFolder(files, (root) =>
      loadForTest(root, { OZON_API_KEY: 'from-process', A: undefined }),
    )

    const account = config?.accounts.get('ozon-main')
    expect(account?.settings).toEqual({ clientId: '123', apiKey: new Secret('from-process') })
    expect(apiKeyOf(config)).toBe('from-process')
    expect(account?.status).toEqual(new Map([['${A}', 'x3']]))
  })

  it('keeps an unquoted secret and an unquoted key as they are written', async () => {
    const files = {
      ...minimal,
      ...edited(ACCOUNTS, 'apiKey: ${OZON_API_KEY}', 'apiKey: 0123'),
      ...edited(OBMEN, '    inboxes', '    currency: { 0643: RUB }\n    inboxes'),
    }

    const { config } = await inFolder(files, (root) => loadForTest(root))

    expect(apiKeyOf(config)).toBe('0123')
    expect(config?.exchanges.get('main')?.currency).toEqual(new Map([['0643', 'RUB']]))
  })

  it('is the same with the line ends and the byte order mark of Windows', async () => {
    const windows = Object.fromEntries(
      Object.entries(minimal).map(([name, text]) => [name, `\uFEFF${text.replaceAll('\n', '\r\n')}`]),
    )
    const load = (files: Readonly<Record<string, string>>) =>
      inFolder(files, async (root) => {
        const { config, diagnostics } = await loadForTest(root)
        return { accounts: config?.accounts, pipelines: config?.pipelines, diagnostics }
      })

    const loaded = await load(windows)

    expect(loaded.diagnostics).toEqual([])
    expect(loaded).toEqual(await load(minimal))
  })

  it('has another fingerprint after an edit of a file or a variable, and only then', async () => {
    await inFolder(minimal, async (root) => {
      const { fingerprint } = await loadForTest(root)

      expect((await loadForTest(root, { UNRELATED: '1' })).fingerprint).toBe(fingerprint)
      expect((await loadForTest(root, { OZON_API_KEY: 'new' })).fingerprint).not.toBe(fingerprint)
      await writeFile(join(root, PRICES), '# nothing yet\n')
      expect((await loadForTest(root)).fingerprint).not.toBe(fingerprint)
    })
  })

  it('may have no accounts and no pipelines', async () => {
    const { [OBMEN]: obmen = '' } = minimal

    const lines = await inFolder({ [OBMEN]: obmen, 'pipelines/readme.txt': '' }, async (root) => {
      const result = await loadForTest(root)
      return [...linesOf(result), result.config?.accounts.size]
    })

    expect(lines).toEqual(['pipelines warning pipeline.none: there is no pipeline, nothing will be done', 0])
  })
})

describe('a folder without a configuration', () => {
  it('is said to be one', async () => {
    expect(await inFolder({}, async (root) => linesOf(await loadForTest(root)))).toEqual([
      'config/obmen.yaml error config.missing_file: the file is missing; run obmen in the folder that holds config/ and pipelines/, or name that folder with --dir',
      'pipelines error config.missing_file: the folder cannot be read: ENOENT',
    ])
  })
})

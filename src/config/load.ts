import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { formatDiagnostic, type Diagnostic } from '../core/diagnostic.ts'
import { formatPlace } from '../core/errors.ts'
import type { Compile } from '../core/expression.ts'
import { readAccountsFile } from './accounts-file.ts'
import { parseDotEnv } from './dotenv.ts'
import { fillEnvironment, layeredEnvironment, type Environment, type FilledFile } from './environment.ts'
import { checkExpression, type ExpressionUse, type TableNames } from './expressions.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import type { Config, LoadResult } from './model.ts'
import { readObmenFile } from './obmen-file.ts'
import type { KnownNames } from './pipeline-links.ts'
import { checkUnique, readPipelineFile } from './pipeline-file.ts'
import { ACCOUNTS_FILE, ENV_FILE, OBMEN_FILE, readTexts } from './read-files.ts'
import type { StageSchema } from './stage-schema.ts'
import { parseYaml } from './yaml.ts'

/** What loading needs from elsewhere. */
export interface LoadInput {
  /** The folder that holds `config/` and `pipelines/`. */
  readonly root: string
  /** The environment of the process; it wins over `.env`. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stages: ReadonlyMap<string, StageSchema>
  readonly marketplaces: ReadonlyMap<string, MarketplaceSchema>
  readonly compile: Compile
  readonly tables: TableNames
}

/**
 * Reads and checks the whole configuration: every file is read, then its variables are filled in, then each part is
 * checked by itself, then against the others. All findings come at once, in the order of files and lines; only errors
 * keep the configuration back. Findings never show a secret. Throws nothing for what people wrote.
 */
export async function loadConfig(input: LoadInput): Promise<LoadResult> {
  const root = resolve(input.root)
  const findings: Diagnostic[] = []
  const texts = await readTexts(root, findings)
  const dotEnv = parseDotEnv(ENV_FILE, texts.get(ENV_FILE) ?? '')
  findings.push(...dotEnv.diagnostics)
  const environment = layeredEnvironment(input.env, dotEnv.values)

  const files = new Map<string, FilledFile>()
  for (const [file, text] of texts) {
    if (file === ENV_FILE) continue
    const { yaml, diagnostics } = parseYaml(file, text)
    findings.push(...diagnostics)
    if (yaml !== undefined) files.set(file, fillEnvironment(yaml, environment))
  }

  const { yaml: obmenYaml, value: obmenValue } = files.get(OBMEN_FILE) ?? {}
  const obmen = obmenYaml && readObmenFile({ yaml: obmenYaml, findings }, root, obmenValue)
  // Without any exchange that is the finding, and not every mention of one.
  const exchangeNames = obmen?.exchangeNames.length === 0 ? undefined : obmen?.exchangeNames
  const { yaml: accountsYaml, value: accountsValue } = files.get(ACCOUNTS_FILE) ?? {}
  const accounts =
    accountsYaml && readAccountsFile({ yaml: accountsYaml, findings }, accountsValue, input.marketplaces, exchangeNames)
  const known: KnownNames = {
    exchanges: exchangeNames,
    orderFiles: new Map([...(obmen?.exchanges ?? [])].map(([name, { orders }]) => [name, orders !== undefined])),
    accounts: accounts?.outlines ?? (texts.has(ACCOUNTS_FILE) ? undefined : new Map()),
    marketplaces: input.marketplaces,
  }
  const pipelines = [...files]
    .filter(([file]) => file.startsWith('pipelines/'))
    .map(([, { yaml, value }]) => readPipelineFile({ yaml, findings }, value, input.stages, known))
  checkUnique(pipelines)
  const expressions = [...(accounts?.expressions ?? []), ...pipelines.flatMap((pipeline) => pipeline.expressions)]
  checkScalars([...files.values()], expressions, input, findings)

  const diagnostics = inReadingOrder(withoutEchoes(findings))
  const fingerprint = fingerprintOf(texts, [...files.values()], environment)
  const isBroken = diagnostics.some((d) => d.severity === 'error')
  const stateFolder = obmen?.stateFolder === undefined ? {} : { stateFolder: obmen.stateFolder }
  if (isBroken || obmen?.general === undefined) return { diagnostics, fingerprint, ...stateFolder }
  const config: Config = {
    root,
    ...obmen.general,
    exchanges: obmen.exchanges,
    accounts: accounts?.accounts ?? new Map(),
    pipelines: pipelines.flatMap(({ pipeline }) => pipeline ?? []),
  }
  return { config, diagnostics, fingerprint, ...stateFolder }
}

/** Adds what is wrong with the variables that scalars name, and with the expressions. */
function checkScalars(
  files: readonly FilledFile[],
  uses: readonly ExpressionUse[],
  input: LoadInput,
  findings: Diagnostic[],
): void {
  const keyOf = (use: Pick<ExpressionUse, 'yaml' | 'path'>): string => JSON.stringify([use.yaml.file, use.path])
  const expressions = new Map(uses.map((use) => [keyOf(use), use]))
  for (const { yaml, substituted } of files) {
    for (const { path, findings: faults } of substituted) {
      const key = keyOf({ yaml, path })
      const use = expressions.get(key)
      if (use === undefined) {
        findings.push(...faults)
      } else {
        const message = 'no ${…} inside an expression; put the value into a table of config/mapping/'
        findings.push({ severity: 'error', code: 'expression.env', message, place: use.source.place })
        expressions.delete(key)
      }
    }
  }
  const told = new Set<string>()
  for (const use of expressions.values()) {
    for (const finding of checkExpression(use, input.compile, input.tables)) {
      // Several expressions may count with one cell.
      const text = formatDiagnostic(finding)
      if (finding.code.startsWith('table.') && told.has(text)) continue
      told.add(text)
      findings.push(finding)
    }
  }
}

/** The findings without what follows from others: all of a folder that holds no configuration, values that a missing variable has spoiled. */
function withoutEchoes(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  const missing = findings.filter((d) => d.code === 'config.missing_file')
  if (missing.some(({ place }) => place.file === OBMEN_FILE)) return missing
  const spoiled = new Set(findings.filter((d) => d.code.startsWith('env.')).map((d) => formatPlace(d.place)))
  return findings.filter((d) => d.code !== 'config.invalid_value' || !spoiled.has(formatPlace(d.place)))
}

function inReadingOrder(findings: readonly Diagnostic[]): readonly Diagnostic[] {
  return findings.toSorted(
    (a, b) =>
      compareText(a.place.file ?? '', b.place.file ?? '') ||
      (a.place.line ?? 0) - (b.place.line ?? 0) ||
      (a.place.column ?? 0) - (b.place.column ?? 0) ||
      compareText(a.code, b.code),
  )
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** SHA-256 of everything that was read, and of the variables that are named; it holds secrets, and gives none away. */
function fingerprintOf(
  texts: ReadonlyMap<string, string>,
  files: readonly FilledFile[],
  environment: Environment,
): string {
  const names = new Set(files.flatMap(({ substituted }) => substituted.flatMap((each) => each.names)))
  const variables = [...names].sort().map((name) => [name, environment.get(name) ?? null])
  return createHash('sha256')
    .update(JSON.stringify([[...texts], variables]))
    .digest('hex')
}

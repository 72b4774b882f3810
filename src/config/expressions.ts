import { didYouMeanHint } from './issues.ts'
import type { Diagnostic } from '../core/diagnostic.ts'
import { parseDecimal } from '../core/decimal.ts'
import type { Place } from '../core/errors.ts'
import type { Compile, ResultType, UsedName } from '../core/expression.ts'
import type { ExpressionSource } from './model.ts'
import type { Path, YamlFile } from './yaml.ts'

/** The tables that expressions may name: those that were loaded. */
export interface TableNames {
  names(): readonly string[]
  /** Tables that are there and cannot be used: their own findings say why, what names them is not at fault. */
  readonly broken: ReadonlySet<string>
  /** Columns of a table; empty for one that is not there. */
  columns(table: string): readonly string[]
  /** Filled cells of a column with their places. */
  cells(table: string, column: string): readonly { readonly text: string; readonly place: Place }[]
}

/** An expression found in a file, to be compiled for the check. */
export interface ExpressionUse {
  readonly source: ExpressionSource
  readonly expects: ResultType
  readonly yaml: YamlFile
  readonly path: Path
}

/** The expression that stands in the scalar at `path`; `text` may leave out its trailing white space. */
export function expressionAt(yaml: YamlFile, path: Path, text: string, expects: ResultType): ExpressionUse {
  const place = yaml.charPlaces(path)?.(0) ?? yaml.placeOf(path)
  return { source: { text, place }, expects, yaml, path }
}

/** What is wrong with an expression, each finding at the very character. */
export function checkExpression(use: ExpressionUse, compile: Compile, tables: TableNames): readonly Diagnostic[] {
  const placeIn = (place: Place): Place => {
    const index = place.line === undefined ? 0 : indexAt(use.source.text, place.line, place.column ?? 1)
    return use.yaml.charPlaces(use.path)?.(index) ?? use.source.place
  }
  // Compiled as if it began at 1:1, so that its places are those inside the text, however YAML folded and indented it.
  const result = compile(use.source.text, { file: use.yaml.file, line: 1, column: 1 }, use.expects)
  if (!result.ok) return result.diagnostics.map((d) => ({ ...d, place: placeIn(d.place) }))
  return result.expression.names.flatMap((name): readonly Diagnostic[] => {
    const finding = checkTableName(name, tables)
    if (finding !== undefined) return [{ ...finding, severity: 'error', place: placeIn(name.place) }]
    return name.asNumber === true && name.table !== undefined ? checkNumbers(name.table, name.name, tables) : []
  })
}

/** What is no number in a column whose cells are used as numbers, each at its cell. */
function checkNumbers(table: string, column: string, tables: TableNames): readonly Diagnostic[] {
  return tables
    .cells(table, column)
    .filter(({ text }) => parseDecimal(text) === undefined)
    .map(({ text, place }) => ({
      severity: 'error',
      code: 'table.not_a_number',
      message: `"${text}" is no number, and column "${column}" is counted with: write a number such as 1.25`,
      place,
      params: { text, column },
    }))
}

/** Names of 1C are compared with its dictionary before every look; tables are files and known now. */
function checkTableName(name: UsedName, tables: TableNames): Pick<Diagnostic, 'code' | 'message'> | undefined {
  if (name.kind === 'table' && !tables.names().includes(name.name)) {
    if (tables.broken.has(name.name)) return undefined
    const hint = didYouMeanHint(name.name, tables.names()) || '; put it into config/mapping/'
    return { code: 'expression.unknown_table', message: `no table ${JSON.stringify(name.name)}${hint}` }
  }
  if (name.kind !== 'column' || name.table === undefined || !tables.names().includes(name.table)) return undefined
  const columns = tables.columns(name.table)
  if (columns.includes(name.name)) return undefined
  const message = `the table ${JSON.stringify(name.table)} has no column ${JSON.stringify(name.name)}`
  return { code: 'expression.unknown_column', message: `${message}${didYouMeanHint(name.name, columns)}` }
}

function indexAt(text: string, line: number, column: number): number {
  let start = 0
  for (let n = 1; n < line; n++) start = text.indexOf('\n', start) + 1
  return start + column - 1
}

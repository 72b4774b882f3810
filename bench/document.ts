import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { REPOSITORY } from './folders.ts'
import type { Results } from './results.ts'
import { budgetTable, circumstances, figureTable, markdown, profileTable } from './tables.ts'

const FILE = join(REPOSITORY, 'docs/benchmarks.md')
const BEGIN = '<!-- results: written by npm run bench -- --doc -->'
const END = '<!-- end of results -->'

/** Puts the results into `docs/benchmarks.md`. */
export async function writeDocument(results: Results): Promise<void> {
  await writeFile(FILE, withResults(await readFile(FILE, 'utf8'), results))
}

/** The text of the document with these results in the place of those that stand there. */
export function withResults(text: string, results: Results): string {
  const from = text.indexOf(BEGIN)
  const to = text.indexOf(END)
  if (from < 0 || to < from) throw new Error(`${FILE} has no place for results`)
  return `${text.slice(0, from)}${BEGIN}\n\n${sections(results).join('\n\n')}\n\n${text.slice(to)}`
}

function sections(results: Results): string[] {
  const { large, profile } = results
  return [
    `Measured ${circumstances(results)}.`,
    markdown(figureTable(results.figures)),
    '### Budgets',
    markdown(budgetTable(results.budgets)),
    ...(large === undefined
      ? []
      : [
          `### Memory on a larger set\n\n${large.goods} goods and offers, ${Math.round(large.megabytes)} MB.`,
          markdown(figureTable(large.figures)),
          markdown(budgetTable(large.budgets)),
        ]),
    ...(profile === undefined
      ? []
      : [
          `### What limits the first load\n\nShares of ${(profile.totalMs / 1_000).toFixed(1)} s under the profiler.`,
          markdown(profileTable(profile)),
        ]),
  ]
}

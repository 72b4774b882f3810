import { SCHEMA_FOLDER, schemaFiles } from '../../src/app/schemas.ts'
import { codesPage } from './codes.ts'
import { commandsPage } from './commands.ts'
import { configPage, stagesPage } from './fields.ts'
import { expressionsPage } from './expressions.ts'

/** Everything that is generated from the declarations, by its path in the repository. */
export function referenceFiles(root: string): ReadonlyMap<string, string> {
  const schemas = schemaFiles()
  const pages: readonly (readonly [string, string])[] = [
    ['config.md', configPage(schemas)],
    ['stages.md', stagesPage(schemas)],
    ['expressions.md', expressionsPage()],
    ['codes.md', codesPage(root)],
    ['commands.md', commandsPage()],
  ]
  return new Map([
    ...[...schemas].map(([name, text]) => [`${SCHEMA_FOLDER}/${name}`, text] as const),
    ...pages.map(([name, text]) => [`docs/reference/${name}`, `${NOTE}\n\n${text.trim()}\n`] as const),
  ])
}

const NOTE = '<!-- Этот файл пишет `npm run reference` из объявлений в src/. Правьте их, не его. -->'

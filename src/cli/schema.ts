import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { SCHEMA_FOLDER, schemaFiles } from '../app/schemas.ts'
import { createFiles } from '../state/disk.ts'
import { projectFolder } from './folder.ts'

/** `obmen schema`: writes the JSON Schemas with which an editor completes, explains and checks the YAML files. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('write the JSON Schemas with which an editor completes and checks config/ and pipelines/')
    .option('--out <folder>', `where to (default: ${SCHEMA_FOLDER} beside the files it describes)`)
    .addHelpText(
      'after',
      `
The shipped files name their schema in the first line, which editors with a YAML language server understand:
  # yaml-language-server: $schema=schema/obmen.json
Write the schemas anew after an update of Obmen.`,
    )
    .action(async (options: { readonly out?: string }, command: Command) => {
      const folder = options.out === undefined ? join(projectFolder(command), SCHEMA_FOLDER) : resolve(options.out)
      const files = createFiles()
      for (const [name, text] of schemaFiles()) {
        await files.writeAtomic(join(folder, name), text)
        process.stdout.write(`${join(folder, name)}\n`)
      }
    })
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { expect } from 'vitest'
import type { Diagnostic } from '../core/diagnostic.ts'
import { accountsJsonSchema, obmenJsonSchema, pipelineJsonSchema, testJsonSchema } from './json-schema.ts'
import type { MarketplaceSchema } from './marketplace-schema.ts'
import type { StageSchema } from './stage-schema.ts'
import { parseYaml } from './yaml.ts'

/** Checks the value of a YAML file as an editor would. */
export type CheckFile = (file: string, value: unknown) => readonly ErrorObject[]

/** Editors over the schemas of these stages and marketplaces. */
export function editorOf(
  stages: ReadonlyMap<string, StageSchema>,
  marketplaces: ReadonlyMap<string, MarketplaceSchema>,
): CheckFile {
  const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, strictRequired: false, strictTuples: false })
  ajv.addFormat('date-time', true)
  const pipeline = ajv.compile(pipelineJsonSchema(stages))
  const validators = new Map<string, ValidateFunction>([
    ['config/obmen.yaml', ajv.compile(obmenJsonSchema())],
    ['config/marketplaces.yaml', ajv.compile(accountsJsonSchema(marketplaces))],
  ])
  const tests = ajv.compile(testJsonSchema())
  return (file, value) => {
    const validate = validators.get(file) ?? (file.endsWith('.test.yaml') ? tests : pipeline)
    validate(value)
    return [...(validate.errors ?? [])]
  }
}

/** Findings that a schema of one file can make as well; the others need several files, an order, or the environment. */
const IN_A_SCHEMA =
  /^(?:config\.(?:unknown_key|missing_key|invalid_value|invalid_name|no_exchange|redis_not_supported)|account\.unknown_marketplace|stage\.(?:unknown_type|form)|pipeline\.(?:source|target|empty|no_flow))$/

/**
 * Loader and schemas must agree on every file of a folder: what loads, no editor may underline; what a schema can say,
 * it must. `beyond`: findings of {@link IN_A_SCHEMA} that no JSON Schema can make.
 */
export async function expectAgreement(
  root: string,
  diagnostics: readonly Diagnostic[],
  check: CheckFile,
  beyond: RegExp,
): Promise<void> {
  const names = (await readdir(root, { recursive: true })).filter((name) => /\.ya?ml$/.test(name))
  for (const name of names) {
    const file = name.replaceAll('\\', '/')
    const { yaml } = parseYaml(file, await readFile(join(root, name), 'utf8'))
    const own = diagnostics.filter(({ place }) => place.file === file)
    if (yaml === undefined || own.some(({ code, message }) => code === 'config.encoding' || beyond.test(message)))
      continue
    const stated = own.filter(({ code }) => IN_A_SCHEMA.test(code))
    // An empty accounts file has no accounts, which is no fault.
    const errors = check(file, yaml.value ?? (file.startsWith('config/') ? {} : null))
    const inWords = errors.map(({ instancePath, message }) => `${instancePath} ${message}`)
    expect({ file, findings: stated.map(({ message }) => message), editor: inWords }).toEqual({
      file,
      findings: errors.length === 0 ? [] : expect.arrayContaining([expect.any(String)]),
      editor: stated.length === 0 ? [] : expect.arrayContaining([expect.any(String)]),
    })
  }
}

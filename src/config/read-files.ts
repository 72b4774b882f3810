import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Diagnostic } from '../core/diagnostic.ts'

const MISSING =
  'the file is missing; run obmen in the folder that holds config/ and pipelines/, or name that folder with --dir'

const NOT_UTF8 = { code: 'config.encoding', message: 'the file is not UTF-8; save it in this encoding' }

/** What goes beside `config/`, may be missing. */
export const ENV_FILE = '.env'
/** Must be there. */
export const OBMEN_FILE = 'config/obmen.yaml'
/** May be missing: a base can be read before anything is sold. */
export const ACCOUNTS_FILE = 'config/marketplaces.yaml'

/** The files of the configuration by the name people know them by; adds what keeps one from being read. */
export async function readTexts(root: string, findings: Diagnostic[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  const names = [ENV_FILE, ACCOUNTS_FILE, OBMEN_FILE, ...(await pipelineFiles(root, findings))]
  const mustExist = names.filter((name) => name !== ENV_FILE && name !== ACCOUNTS_FILE)
  for (const name of names) {
    const add = (code: string, message: string): void => {
      findings.push({ severity: 'error', code, message, place: { file: name } })
    }
    try {
      const text = decodeUtf8(await readFile(join(root, name)))
      if (text === undefined) add(NOT_UTF8.code, NOT_UTF8.message)
      else texts.set(name, text)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT') add('config.unreadable', `the file cannot be read: ${code}`)
      else if (mustExist.includes(name)) add('config.missing_file', MISSING)
    }
  }
  return texts
}

/** Tests of pipelines lie beside them. */
const TEST_FILE = /\.test\.ya?ml$/i

/** The test files of `pipelines/` by the name people know them by; adds what keeps one from being read. */
export async function readTestTexts(root: string, findings: Diagnostic[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>()
  for (const name of (await readdir(join(root, 'pipelines'))).filter((each) => TEST_FILE.test(each)).sort()) {
    const file = `pipelines/${name}`
    const text = decodeUtf8(await readFile(join(root, file)))
    if (text === undefined) findings.push({ severity: 'error', ...NOT_UTF8, place: { file } })
    else texts.set(file, text)
  }
  return texts
}

async function pipelineFiles(root: string, findings: Diagnostic[]): Promise<string[]> {
  const place = { file: 'pipelines' }
  try {
    const names = (await readdir(join(root, 'pipelines'))).filter(
      (name) => /\.ya?ml$/i.test(name) && !TEST_FILE.test(name) && !name.startsWith('.'),
    )
    if (names.length === 0) {
      findings.push({
        severity: 'warning',
        code: 'pipeline.none',
        message: 'there is no pipeline, nothing will be done',
        place,
      })
    }
    return names.sort().map((name) => `pipelines/${name}`)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    findings.push({
      severity: 'error',
      code: 'config.missing_file',
      message: `the folder cannot be read: ${code}`,
      place,
    })
    return []
  }
}

/** Undefined when the bytes are not UTF-8. A byte order mark is dropped. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

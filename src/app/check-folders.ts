import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '../config/model.ts'
import type { ProbeLine } from './probe.ts'

/** What is wrong with the folders of a configuration. Nothing is made. */
export function* checkFolders(config: Config): Generator<ProbeLine> {
  const { state, work, archive, quarantine, reports } = config.folders
  for (const [what, path] of Object.entries({ state, work, archive, quarantine, reports })) {
    const fault = faultOfTarget(path)
    if (fault !== undefined) yield { exitCode: 6, text: `error ${what} folder ${path}: ${fault}` }
  }
  for (const { name, inboxes, orders } of config.exchanges.values()) {
    for (const inbox of inboxes) {
      if (statSync(inbox, { throwIfNoEntry: false }) === undefined) {
        yield {
          exitCode: 0,
          text: `warning exchange ${name}: the inbox ${inbox} does not exist; make it, or correct the path: 1C must write there`,
        }
        continue
      }
      const fault = faultOfTarget(inbox)
      if (fault !== undefined) yield { exitCode: 6, text: `error exchange ${name}: the inbox ${inbox}: ${fault}` }
    }
    const fault = orders === undefined ? undefined : faultOfTarget(dirname(orders.file))
    if (fault !== undefined)
      yield { exitCode: 6, text: `error exchange ${name}: the order file ${orders?.file}: ${fault}` }
  }
}

/** Why files cannot be written to a folder that is there or would be made; undefined when they can. */
function faultOfTarget(path: string): string | undefined {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = statOf(folder)
    if (found === 'none' && folder !== dirname(folder)) continue
    if (found === 'none' || found === 'other')
      return `${folder} is no folder; take that file away, or write another path into config/obmen.yaml`
    try {
      accessSync(folder, constants.W_OK | constants.X_OK)
      return undefined
    } catch {
      return `the account that runs Obmen may not write to ${folder}; give it that right`
    }
  }
}

function statOf(path: string): 'folder' | 'other' | 'none' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'other'
  } catch {
    // Below a file everything is missing too: the walk upwards finds the file.
    return 'none'
  }
}

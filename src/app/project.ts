import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { loadConfig } from '../config/load.ts'
import type { Config } from '../config/model.ts'
import { formatDiagnostic, type Diagnostic } from '../core/diagnostic.ts'
import { ObmenError } from '../core/errors.ts'
import { compileExpression } from '../expression/index.ts'
import { loadTables, type Tables } from '../tables/index.ts'
import { marketplaces, stages } from './registry.ts'

/** What a folder with `config/` and `pipelines/` says, checked as a whole. */
export interface Project {
  /** Absent when a finding is an error. */
  readonly config?: Config
  readonly tables: Tables
  /** Absolute: also known, or guessed as `./state`, when something is broken. */
  readonly stateFolder: string
  readonly diagnostics: readonly Diagnostic[]
  /** Changes with any file, table or used variable. */
  readonly fingerprint: string
}

/** Reads configuration, pipelines and tables; all findings at once, nothing is opened. */
export async function loadProject(root: string, env: Readonly<Record<string, string | undefined>>): Promise<Project> {
  const { tables, diagnostics: tableFindings } = await loadTables(join(root, 'config', 'mapping'), {
    shownAs: 'config/mapping',
    scratch: tmpdir(),
  })
  const loaded = await loadConfig({ root, env, stages, marketplaces, compile: compileExpression, tables })
  const diagnostics = [...loaded.diagnostics, ...tableFindings]
  const broken = diagnostics.some((finding) => finding.severity === 'error')
  return {
    ...(loaded.config === undefined || broken ? {} : { config: loaded.config }),
    tables,
    stateFolder: loaded.stateFolder ?? resolve(root, 'state'),
    diagnostics,
    fingerprint: `${loaded.fingerprint}:${tables.fingerprint}`,
  }
}

/** The configuration, or an exception that lists every finding. @throws ObmenError config `config.invalid` */
export function usable(project: Project): Config {
  if (project.config !== undefined) return project.config
  const findings = project.diagnostics.map(formatDiagnostic).join('\n')
  throw new ObmenError('config', 'config.invalid', `loading the configuration:\n${findings}`, {
    remedy: 'Mend the lines above and run "obmen check".',
  })
}

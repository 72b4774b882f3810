import type { Config } from '../config/model.ts'
import type { Clock } from '../core/clock.ts'
import { formatDiagnostic, type Diagnostic } from '../core/diagnostic.ts'
import { isAbort, ObmenError } from '../core/errors.ts'
import { fingerprintText } from '../core/fingerprint.ts'
import type { Log } from '../core/log.ts'
import type { Notifier } from '../core/notice.ts'
import { configRefused, tablesRefused } from '../views/project-notices.ts'
import type { ConfigVersions } from '../views/status.ts'
import { emptiedTables } from './emptied-tables.ts'
import type { Project } from './project.ts'
import { ProjectWatch } from './project-watch.ts'
import { restartOnly } from './restart-only.ts'

/** A project that may come into force. */
export type SoundProject = Project & { readonly config: Config }

/** What a reload needs of the service. */
export interface ReloadParts {
  readonly root: string
  readonly clock: Clock
  readonly log: Log
  readonly load: () => Promise<Project>
  /** Of the configuration in force. */
  readonly notifier: () => Notifier
  /** Brings a project into force. @throws ObmenError when it cannot be wired; then everything is as before */
  readonly switchTo: (project: SoundProject) => Promise<void>
}

/** An edit is over when nothing has changed for so long, clock milliseconds. */
const SETTLE = 2_000
/** A file that cannot be read or is not whole may be at the hand of its editor for so long, clock milliseconds. */
const HALF_SAVED = 30_000
/** A sound project that could not be wired is tried again, clock milliseconds: what it wants may become free. */
const AGAIN = 30_000
/** Findings shown in `status`. */
const SHOWN = 5

/**
 * Brings edits of the configuration into force while the service runs. Valid: in force from the next look. Invalid: the
 * old one stays, people hear of every distinct fault once, and that it is mended.
 */
export class Reload {
  readonly #parts: ReloadParts
  readonly #watch: ProjectWatch
  #inForce: SoundProject
  #since: number
  #refused: { readonly version: string; readonly since: number; readonly findings: readonly Diagnostic[] } | undefined
  #again = Infinity
  /** Faults that people have heard of, by topic. */
  readonly #told = { config: new Set<string>(), tables: new Set<string>() }

  constructor(inForce: SoundProject, parts: ReloadParts) {
    this.#inForce = inForce
    this.#parts = parts
    this.#since = parts.clock.now()
    this.#watch = new ProjectWatch(parts.root, parts.clock)
  }

  /** Which configuration is in force, and which was refused. */
  get versions(): ConfigVersions {
    const refused = this.#refused
    const shown = refused?.findings.slice(0, SHOWN).map(formatDiagnostic)
    return {
      inForce: { version: versionOf(this.#inForce), since: this.#since },
      ...(refused === undefined
        ? {}
        : {
            refused: {
              version: refused.version,
              since: refused.since,
              findings: shown ?? [],
              more: refused.findings.length - (shown?.length ?? 0),
            },
          }),
    }
  }

  /** One look at the files. */
  async look(): Promise<void> {
    const stood = await this.#watch.stoodFor()
    const isAgain = this.#parts.clock.now() >= this.#again
    if (stood === undefined ? !isAgain : stood < SETTLE) return
    const project = await this.#watch.read(this.#parts.load)
    if (project === undefined) return
    if (stood !== undefined && stood < HALF_SAVED && project.diagnostics.some(isHalfSaved)) return
    this.#watch.done()
    await this.#judge(project)
  }

  async #judge(project: Project): Promise<void> {
    this.#again = Infinity
    if (project.fingerprint === this.#inForce.fingerprint) return this.#mended()
    const errors = project.diagnostics.filter(({ severity }) => severity === 'error')
    const { config } = project
    if (config === undefined) return this.#refuse(project, errors)
    const lasting = [
      ...restartOnly(this.#inForce.config, config),
      ...emptiedTables(this.#inForce.tables, project.tables),
    ]
    if (lasting.length > 0) return this.#refuse(project, lasting)
    const sound: SoundProject = { ...project, config }
    try {
      await this.#parts.switchTo(sound)
    } catch (error) {
      if (isAbort(error)) throw error
      // What could not be wired now may be wired once a folder is free or a disk is back.
      this.#again = this.#parts.clock.now() + AGAIN
      return this.#refuse(project, [findingOf(error)])
    }
    this.#inForce = sound
    this.#since = this.#parts.clock.now()
    this.#parts.log.info({ version: versionOf(sound) }, 'configuration in force')
    return this.#mended()
  }

  async #refuse(project: Project, findings: readonly Diagnostic[]): Promise<void> {
    const { clock, log } = this.#parts
    const version = versionOf(project)
    const since = this.#refused?.since ?? clock.now()
    if (this.#refused?.version !== version) {
      log.warn({ version, findings: findings.map(formatDiagnostic) }, 'configuration refused, the old one stays')
    }
    this.#refused = { version, since, findings }
    await this.#tell('tables', findings.filter(isOfTable))
    await this.#tell(
      'config',
      findings.filter((finding) => !isOfTable(finding)),
    )
  }

  /** A fault is mailed when it is new, with all that stand beside it; that one of several was mended is no mail. */
  async #tell(topic: 'config' | 'tables', findings: readonly Diagnostic[]): Promise<void> {
    const { notifier } = this.#parts
    const told = this.#told[topic]
    const make = topic === 'config' ? configRefused : tablesRefused
    const timezone = [...this.#inForce.config.exchanges.values()][0]?.timezone ?? 'UTC'
    const notice = make({ findings, inForceSince: this.#since, timezone, edition: '' })
    if (findings.length === 0) {
      if (told.size > 0) await notifier().resolve(notice.cause, 'Ошибка исправлена.')
      told.clear()
      return
    }
    const fresh = findings.map(faultOf).filter((fault) => !told.has(fault))
    if (fresh.length === 0) return
    for (const fault of fresh) told.add(fault)
    await notifier().raise({ ...notice, edition: fingerprintText([...told].join('\n')) })
  }

  /** What stands in the files is in force: nothing is wrong any more. */
  async #mended(): Promise<void> {
    this.#refused = undefined
    for (const told of Object.values(this.#told)) told.clear()
    // Also those who heard of a fault from an earlier process.
    const shown = { findings: [], inForceSince: this.#since, timezone: 'UTC', edition: '' }
    for (const { cause } of [configRefused(shown), tablesRefused(shown)]) {
      await this.#parts.notifier().resolve(cause, 'Исправлено: действуют настройки, которые лежат в папке.')
    }
  }
}

/** A short name of a version, for people who compare two. */
export function versionOf({ fingerprint }: Pick<Project, 'fingerprint'>): string {
  return fingerprintText(fingerprint).slice(0, 8)
}

/** The fault, wherever it moves to by other edits. */
function faultOf({ code, message, place }: Diagnostic): string {
  return [place.file, code, message].join('\n')
}

function isOfTable({ code }: Diagnostic): boolean {
  return code.startsWith('table.')
}

/** Another program may be writing the file right now. */
function isHalfSaved({ code }: Diagnostic): boolean {
  return code === 'table.unreadable' || code === 'config.unreadable'
}

function findingOf(error: unknown): Diagnostic {
  const fault = error instanceof ObmenError ? error : undefined
  const message = error instanceof Error ? error.message : String(error)
  return {
    severity: 'error',
    code: fault?.code ?? 'engine.bug',
    message: fault?.remedy === undefined ? message : `${message}. ${fault.remedy}`,
    place: fault?.place ?? {},
  }
}

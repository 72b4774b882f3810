import { vi } from 'vitest'
import { runCommandLine } from '../../src/cli/program.ts'
import type { Project } from './project.ts'

/** What a person sees of one command. */
export interface CommandResult {
  readonly exitCode: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process, as `main.ts` does. */
export async function obmen(args: readonly string[]): Promise<CommandResult> {
  const seen = { out: '', err: '' }
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    seen.out += String(text)
    return true
  })
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    seen.err += String(text)
    return true
  })
  try {
    await runCommandLine(args)
    return { exitCode: Number(process.exitCode ?? 0), ...seen }
  } finally {
    out.mockRestore()
    err.mockRestore()
    process.exitCode = undefined
  }
}

/** Commands in the folder of a project, on its clock. */
export function commandsIn({ root, clock }: Project): (...args: string[]) => Promise<CommandResult> {
  // Far from its origin a clock is exact to some hundredths of a millisecond only.
  const speed = Math.round((clock.fromReal(1_000) - clock.fromReal(0)) / 1_000)
  return async (...args) => {
    // The clock of the project may have stood still now and then: the two agree from here on.
    const real = Date.now()
    const env = {
      OBMEN_CLOCK_SPEED: String(speed),
      OBMEN_CLOCK_ORIGIN: String(speed === 1 ? 0 : (clock.fromReal(real) - real * speed) / (1 - speed)),
      OBMEN_LOG: 'silent',
    }
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    try {
      return await obmen(['-C', root, ...args])
    } finally {
      vi.unstubAllEnvs()
    }
  }
}

import type { Running } from './product.ts'

/** When processes of the service are killed, the first one first; the ones after the last run undisturbed. */
export type Kills = readonly Kill[]

/**
 * At the N-th failpoint from its start, some real milliseconds after its start, or between a write that took effect at
 * Ozon and its reply: that of the first raised price.
 */
export type Kill = { readonly atHit: number } | { readonly afterMs: number } | { readonly atWrite: 'raised' }

/** Real milliseconds that a stopping service may take. */
const STOPPING = 30_000

/** Keeps a service running as systemd would: a process that was killed is started again, at once. */
export class Supervisor {
  readonly #launch: (env: Readonly<Record<string, string>>) => Running
  readonly #plan: Kills
  readonly #onStart: (process: number) => void
  readonly #fail: (error: Error) => void
  /** Rejects when a process ends that nobody killed; never resolves. */
  readonly failed: Promise<never>
  #current: Running | undefined
  #started = 0
  #stopping = false
  #over = false
  #idle: Promise<void> = Promise.resolve()
  /** Numbers of the processes that were killed. */
  readonly killed = new Set<number>()

  constructor(
    launch: (env: Readonly<Record<string, string>>) => Running,
    plan: Kills,
    onStart: (process: number) => void,
  ) {
    this.#launch = launch
    this.#plan = plan
    this.#onStart = onStart
    let fail: (error: Error) => void = () => {}
    this.failed = new Promise<never>((_, reject) => {
      fail = reject
    })
    this.failed.catch(() => {})
    this.#fail = fail
  }

  get kills(): number {
    return this.killed.size
  }

  /** True when a process ended that nobody killed. */
  isOver(): boolean {
    return this.#over
  }

  /** True while the running process is still to be killed by the clock on the wall. */
  awaitsMoment(): boolean {
    const kill = this.#plan[this.#started - 1]
    return kill !== undefined && 'afterMs' in kill && !this.killed.has(this.#started - 1)
  }

  start(): void {
    const process = this.#started++
    const kill = this.#plan[process]
    this.#onStart(process)
    const running = this.#launch(kill !== undefined && 'atHit' in kill ? { OBMEN_FAILPOINT: `kill:${kill.atHit}` } : {})
    this.#current = running
    const timer =
      kill !== undefined && 'afterMs' in kill ? setTimeout(() => running.kill('SIGKILL'), kill.afterMs) : undefined
    this.#idle = running.ended.then((how) => {
      clearTimeout(timer)
      if (how === 'SIGKILL' && kill !== undefined) this.killed.add(process)
      if (this.#stopping) return
      if (how === 'SIGKILL' && kill !== undefined) {
        this.start()
        return
      }
      this.#over = true
      this.#fail(new Error(`the service ended by itself: ${how}\n${running.output()}`))
    })
  }

  /** Ends the service as an admin does. */
  async stop(): Promise<void> {
    this.#stopping = true
    const running = this.#current
    running?.kill('SIGTERM')
    const late = setTimeout(() => running?.kill('SIGKILL'), STOPPING)
    const how = await running?.ended
    clearTimeout(late)
    // A failpoint may stand on the way out, and a process that just starts does not listen yet: kills like any other.
    const killed = how === 'SIGTERM' || (how === 'SIGKILL' && this.#plan[this.#started - 1] !== undefined)
    if (how !== 'exit 0' && !killed) {
      throw new Error(`the service did not stop well: ${how ?? 'it never ran'}\n${this.output()}`)
    }
  }

  /** To be called when the first raised price took effect, before Ozon answers. */
  raised(): void {
    const kill = this.#plan[this.#started - 1]
    if (kill !== undefined && 'atWrite' in kill) this.#current?.kill('SIGKILL')
  }

  output(): string {
    return this.#current?.output() ?? ''
  }

  /** Whatever still runs ends now. */
  async destroy(): Promise<void> {
    this.#stopping = true
    this.#current?.kill('SIGKILL')
    await this.#idle
  }
}

import type { WriteStream } from 'node:tty'
import type { Clock } from '../../src/core/clock.ts'

/** Tells the story on a terminal: one line an event, with the time of the story. */
export interface Narrator {
  /** A heading of a part of the story. */
  part(title: string): void
  /** Something happened. */
  tell(text: string): void
  /** Something that was told has been looked up where it must have happened. */
  checked(text: string): void
  /** A line without a time. */
  line(text: string): void
  /** Something is waited for: shown while it lasts, on a terminal only. */
  waiting(text: string | undefined): void
}

/** The zone in which the story is told. */
export const STORY_ZONE = 'Europe/Moscow'

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const FRAME_MS = 80

/** Writes to `out`; colour and a spinner only where a person looks at a terminal. */
export function createNarrator(out: NodeJS.WriteStream | WriteStream, clock: Clock): Narrator {
  const alive = out.isTTY && process.env['NO_COLOR'] === undefined && process.env['CI'] === undefined
  const paint = (code: number, text: string): string => (alive ? `\u001B[${code}m${text}\u001B[0m` : text)
  let spinner: NodeJS.Timeout | undefined
  let frame = 0

  const wipe = (): void => {
    if (spinner !== undefined) out.write('\r\u001B[K')
  }
  const print = (text: string): void => {
    wipe()
    out.write(`${text}\n`)
  }
  return {
    part: (title) => print(`\n${paint(1, title)}`),
    tell: (text) => print(`  ${paint(2, storyTime(clock.now()))}  ${text}`),
    checked: (text) => print(`         ${paint(32, '✓')} ${text}`),
    line: print,
    waiting(text) {
      wipe()
      clearInterval(spinner)
      spinner = undefined
      if (text === undefined || !alive) return
      spinner = setInterval(() => {
        frame = (frame + 1) % FRAMES.length
        out.write(`\r\u001B[K  ${storyTime(clock.now())}  ${FRAMES[frame] ?? ''} ${text}`)
      }, FRAME_MS)
    },
  }
}

/** `10:05` of a moment of the story. */
export function storyTime(ms: number): string {
  return new Intl.DateTimeFormat('ru-RU', { timeZone: STORY_ZONE, timeStyle: 'short' }).format(ms)
}

import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

/** How one question is asked. */
export interface Question {
  readonly text: string
  /** What an empty answer means; without it something must be written. */
  readonly fallback?: string
  /** What is wrong with an answer, in words for the person; undefined when it is fine. */
  readonly check?: (answer: string) => string | undefined
}

/** One thing to choose. */
export interface Option<T> {
  readonly label: string
  readonly value: T
}

/** A conversation on a terminal. A wrong answer is asked again at once; the end of the input ends everything. */
export interface Ask {
  text(question: Question): Promise<string>
  /** Nothing of the answer is shown. */
  secret(question: Question): Promise<string>
  /** The first option is what an empty answer means. */
  choice<T>(text: string, options: readonly [Option<T>, ...Option<T>[]]): Promise<T>
  say(text: string): void
  close(): void
}

/** A conversation over these streams. `onEnd` makes the error thrown when the input ends before the last answer. */
export function createAsk(
  input: NodeJS.ReadableStream & { readonly isTTY?: boolean },
  output: NodeJS.WritableStream,
  onEnd: () => Error,
): Ask {
  let isHidden = false
  const shown = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isHidden) output.write(chunk)
      done()
    },
  })
  // No history: an arrow key would bring a secret back to light.
  const lines = createInterface({ input, output: shown, terminal: input.isTTY === true, historySize: 0 })
  // Answers may come faster than questions, from a pipe.
  const come: string[] = []
  let wanted: ((line: string | undefined) => void) | undefined
  let isOver = false
  const hand = (line: string | undefined): boolean => {
    const give = wanted
    wanted = undefined
    give?.(line)
    return give !== undefined
  }
  lines.on('line', (line) => {
    if (!hand(line)) come.push(line)
  })
  lines.on('close', () => {
    isOver = true
    hand(undefined)
  })

  /** Through readline, which writes the line anew while somebody corrects it. */
  function prompt(text: string): void {
    if (isOver) {
      output.write(text)
      return
    }
    lines.setPrompt(text)
    lines.prompt()
  }

  async function answer(): Promise<string> {
    const line =
      come.shift() ?? (isOver ? undefined : await new Promise<string | undefined>((resolve) => (wanted = resolve)))
    if (line === undefined) throw onEnd()
    return line.trim()
  }

  async function ask({ text, fallback, check }: Question, isSecret: boolean): Promise<string> {
    const hint = fallback === undefined || fallback === '' ? '' : ` [${fallback}]`
    for (;;) {
      prompt(`${text}${hint}: `)
      isHidden = isSecret
      const written = await answer()
      if (isSecret) output.write('\n')
      isHidden = false
      const value = written === '' ? fallback : written
      const fault = value === undefined ? 'ответ нужен' : value === fallback ? undefined : check?.(value)
      if (value !== undefined && fault === undefined) return value
      output.write(`  ${fault}\n`)
    }
  }

  return {
    text: (question) => ask(question, false),
    secret: (question) => ask(question, true),
    async choice(text, options) {
      output.write(`${text}\n${options.map(({ label }, i) => `  ${i + 1}  ${label}\n`).join('')}`)
      const check = (written: string): string | undefined =>
        options[Number(written) - 1] === undefined || !/^\d+$/.test(written)
          ? `число от 1 до ${options.length}`
          : undefined
      const number = await ask({ text: 'Номер', fallback: '1', check }, false)
      return (options[Number(number) - 1] ?? options[0]).value
    },
    say: (text) => void output.write(text),
    close: () => lines.close(),
  }
}

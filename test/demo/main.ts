import { resolve } from 'node:path'
import { createStoryClock } from './story-clock.ts'
import { createNarrator } from './narrator.ts'
import { openStage, type Stage } from './stage.ts'
import { play } from './story.ts'

/** `npm run demo [folder]`: plays the story and leaves what came of it in the folder. Exit code 0 = all of it is true. */
const { clock, env } = createStoryClock()
const narrator = createNarrator(process.stdout, clock)
const startedAt = performance.now()
let stage: Stage | undefined
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    // The service is a process of its own: it must not outlive the demo.
    const closed = stage?.close() ?? Promise.resolve()
    void closed.finally(() => process.exit(130))
  })
}
try {
  stage = await openStage(resolve(process.argv[2] ?? 'demo-out'), clock, env, narrator)
  await play(stage)
} catch (error) {
  narrator.waiting(undefined)
  narrator.line(`\nДемонстрация не удалась: ${error instanceof Error ? error.message : String(error)}`)
  if (error instanceof Error && error.cause instanceof Error) narrator.line(error.cause.message)
  if (stage !== undefined) narrator.line(`Журнал службы: ${stage.shop.log}`)
  process.exitCode = 1
} finally {
  await stage?.close()
}
narrator.line(`Заняло ${Math.round((performance.now() - startedAt) / 1000)} с.`)

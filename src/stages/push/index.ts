import { z } from 'zod'
import { rateField } from '../../config/fields.ts'
import { ObmenError } from '../../core/errors.ts'
import type { ValueChange } from '../../pipeline/flows.ts'
import { stage, type StageDefinition } from '../../pipeline/stage.ts'
import { planChanges } from './plan.ts'
import { sendChanges } from './send.ts'
import type { Sent } from './sent.ts'

const optionsSchema = z.strictObject({
  atMost: rateField()
    .optional()
    .describe(
      'Как часто можно отправлять один товар, например `6 per hour`; остальное ждёт, уходит самое новое значение.',
    ),
})

type Options = z.output<typeof optionsSchema>

/**
 * `push` commits: in a look it puts keys into the plan (and writes down what is held), in a send it marks, sends and
 * records a batch.
 */
export const push: StageDefinition = {
  type: 'push',
  summary: 'Отправляет отличия на площадку и записывает в учёт, что она ответила.',
  role: 'commit',
  options: () => optionsSchema,
  flows: { 'value-change': 'outcome' },
  examples: ['push', 'push: { atMost: 6 per hour }'],
  create(use, pipeline, services) {
    const options = use.options as Options
    const { account: accountName, aspect: aspectName } = pipeline.to
    if (accountName === undefined || aspectName === undefined) {
      throw new ObmenError(
        'config',
        'stage.push_target',
        `building ${pipeline.name}: push needs an account and an aspect`,
      )
    }
    const account = services.account(accountName)
    const aspect = account.aspect(aspectName)
    return stage<ValueChange, Sent>(async function* (input, ctx) {
      for await (const batch of input) {
        ctx.signal.throwIfAborted()
        const out =
          ctx.purpose === 'send'
            ? await sendChanges(batch, { account, aspect, services, rate: options.atMost }, ctx)
            : await planChanges(batch, aspect, ctx)
        if (out.length > 0) yield out
      }
    })
  },
}

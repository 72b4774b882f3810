/** To whom a notice goes by subscription (`mail.send` in `config/obmen.yaml`). */
export type Topic = 'errors' | 'rejections' | 'daily' | 'tables'

/** A file that goes with a notice. */
export interface Attachment {
  readonly filename: string
  /** Path of a finished file that stays until the mail has left. */
  readonly path: string
}

/** Something people must hear of. Texts are Russian, for shop staff; never secrets or personal data. */
export interface Notice {
  /** The cause, stable over repetitions (`quarantine:offers0_1.xml:xml.not_closed`): one mail per cause and window. */
  readonly cause: string
  readonly topic: Topic
  /** The verdict, becomes the subject. */
  readonly title: string
  /** What happened. */
  readonly what: string
  /** Where: file:line:column, account, pipeline. */
  readonly where: string
  /** Which data is concerned. */
  readonly data: string
  /** What to do. */
  readonly todo: string
  /** Which state of a lasting cause this tells of: another one is mailed at once, in the place of what still waits. */
  readonly edition?: string
  /** Milliseconds after which the same cause may be mailed again while it lasts; once only when absent. */
  readonly repeatAfter?: number
  readonly attachments?: readonly Attachment[]
}

/** Takes notices; durable before it resolves (SMTP down means later, not lost). */
export interface Notifier {
  raise(notice: Notice): Promise<void>
  /** The cause is gone: mails once that it is resolved if it was mailed before; no effect otherwise. */
  resolve(cause: string, what: string): Promise<void>
}

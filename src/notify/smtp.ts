import { createTransport } from 'nodemailer'
import type { Secret } from '../core/secret.ts'
import type { Attachment } from '../core/notice.ts'
import type { MailText } from './mail-text.ts'

/** A mail ready to leave. */
export interface OutgoingMail extends MailText {
  readonly from: string
  /** Everybody who is told, as the header shows it. */
  readonly to: readonly string[]
  /** Whom this attempt delivers to: those who have not got it yet. */
  readonly recipients: readonly string[]
  readonly messageId: string
  /** Epoch milliseconds. */
  readonly date: number
  readonly attachments: readonly Attachment[]
}

/** An address that the server refused for good. */
export interface Refusal {
  readonly address: string
  /** The server's own words. */
  readonly answer: string
}

/**
 * What became of an attempt. `parted`: the server has answered for each address — `refused` for good, those in neither
 * list later. `tooLarge`: not with these attachments. `refused`: this mail never, for nobody. `later`: the mail may
 * leave later; `server` = nothing can leave now (no connection, login refused, sender refused).
 */
export type Delivery =
  | {
      readonly state: 'parted'
      readonly accepted: readonly string[]
      readonly refused: readonly Refusal[]
      readonly answer: string
    }
  | { readonly state: 'tooLarge'; readonly answer: string }
  | { readonly state: 'refused'; readonly answer: string }
  | { readonly state: 'later'; readonly answer: string; readonly server: boolean }

/** The way to the mail server. */
export interface Smtp {
  /** Tries to deliver once; a fault is a value. @throws the signal's reason */
  deliver(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>
  /** Idempotent. */
  close(): void
}

/** Delivers through the server of a nodemailer URL (`smtp://user:password@host:587`); a connection per mail. */
export function createSmtp(url: Secret): Smtp {
  const transport = createTransport({
    url: url.reveal(),
    // Real milliseconds: a hanging server must not hang the queue behind it.
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 60_000,
    disableUrlAccess: true,
  })
  return {
    async deliver(mail, signal) {
      try {
        const info = await transport.sendMail({
          from: mail.from,
          to: [...mail.to],
          envelope: { from: mail.from, to: [...mail.recipients] },
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          messageId: mail.messageId,
          date: new Date(mail.date),
          headers: { 'Auto-Submitted': 'auto-generated' },
          attachments: mail.attachments.map(({ filename, path }) => ({ filename, path })),
          signal,
        })
        return {
          state: 'parted',
          accepted: info.accepted,
          refused: refusals(info.rejectedErrors),
          answer: info.response,
        }
      } catch (error) {
        signal.throwIfAborted()
        return faultOf(error as SmtpFault, mail.attachments.length > 0)
      }
    },
    close: () => transport.close(),
  }
}

/** The fields of a nodemailer error that tell faults apart. */
interface SmtpFault {
  readonly message: string
  readonly command?: string | undefined
  readonly response?: string | undefined
  readonly responseCode?: number | undefined
  readonly permanent?: boolean | undefined
  readonly recipient?: string | undefined
  readonly rejectedErrors?: readonly SmtpFault[] | undefined
}

/** What a failed attempt means; pure. */
export function faultOf(fault: SmtpFault, hasAttachments: boolean): Delivery {
  const answer = fault.response ?? fault.message
  if (fault.rejectedErrors !== undefined && fault.rejectedErrors.length > 0) {
    return { state: 'parted', accepted: [], refused: refusals(fault.rejectedErrors), answer }
  }
  // 552 = exceeded storage allocation (RFC 5321 §4.2.2): servers give it for a message over their limit.
  if (hasAttachments && fault.responseCode === 552) return { state: 'tooLarge', answer }
  const aboutTheMail = fault.command === 'DATA'
  if (aboutTheMail && fault.permanent === true) return { state: 'refused', answer }
  return { state: 'later', answer, server: !aboutTheMail }
}

function refusals(faults: readonly SmtpFault[] | undefined): Refusal[] {
  return (faults ?? [])
    .filter((fault) => fault.permanent === true && fault.recipient !== undefined)
    .map((fault) => ({ address: fault.recipient as string, answer: fault.response ?? fault.message }))
}

import { ObmenError } from '../core/errors.ts'

/**
 * Whether a request that failed may have reached the other side. `no`: certainly not executed, sending again is safe.
 * `maybe`: it may have been executed.
 */
export type Sent = 'no' | 'maybe'

/** What a failed request says about itself: `details.sent`, `maybe` when it says nothing. */
export function sentOf(error: unknown): Sent {
  return error instanceof ObmenError && error.details?.['sent'] === 'no' ? 'no' : 'maybe'
}

/** Codes of Node, OpenSSL and undici that arise before a byte of the request leaves. */
const NOT_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'EPROTO',
])

/** OpenSSL verification codes: https://nodejs.org/api/tls.html#x509-certificate-error-codes, read 2026-11. */
const NOT_TRUSTED = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_NOT_YET_VALID',
  'CERT_HAS_EXPIRED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/**
 * A failure of the socket as an ObmenError transient: `http.tls_untrusted`, `http.unreachable` (both sent: no) or
 * `http.interrupted` (sent: maybe). `doing` is the gerund its message starts with.
 */
export function networkFailure(doing: string, cause: unknown): ObmenError {
  const { code, syscall } = causeOf(cause)
  if (NOT_TRUSTED.has(code)) {
    return new ObmenError(
      'transient',
      'http.tls_untrusted',
      `${doing}: the server's certificate is not trusted (${code})`,
      {
        cause,
        details: { sent: 'no', cause: code },
        remedy:
          'Check the date of this machine and update Node.js, which brings the list of root certificates; where an antivirus or a proxy inspects TLS, name its root in NODE_EXTRA_CA_CERTS.',
      },
    )
  }
  if (NOT_CONNECTED.has(code) || syscall === 'connect' || syscall === 'getaddrinfo') {
    return new ObmenError('transient', 'http.unreachable', `${doing}: no connection (${code})`, {
      cause,
      details: { sent: 'no', cause: code },
      remedy: 'Check the network, the name server and the firewall of this machine; it is tried again by itself.',
    })
  }
  return new ObmenError('transient', 'http.interrupted', `${doing}: the connection broke (${code})`, {
    cause,
    details: { sent: 'maybe', cause: code },
    remedy: 'Nothing to do at once: it is tried again by itself; if it lasts, check the network of this machine.',
  })
}

/** The innermost code: undici and the dual-stack dialler wrap the socket's error. */
function causeOf(error: unknown): { readonly code: string; readonly syscall: string } {
  const { code, syscall, cause, errors } = error as {
    code?: unknown
    syscall?: unknown
    cause?: unknown
    errors?: readonly unknown[]
  }
  if (typeof code === 'string') return { code, syscall: typeof syscall === 'string' ? syscall : '' }
  const inner = cause ?? errors?.[0]
  if (inner instanceof Error) return causeOf(inner)
  return { code: error instanceof Error ? error.name : 'unknown', syscall: '' }
}

/** An answer of the API: a status, a body that becomes JSON (a string stays as it is), extra headers. */
export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** Ends a request with Ozon's error envelope `{code, message, details}`; `code` is a gRPC code. */
export class ApiError extends Error {
  readonly answer: ApiAnswer

  constructor(status: number, code: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.name = 'ApiError'
    this.answer = { status, headers, body: { code, message, details: [] } }
  }
}

/** 401: who is calling is not known. */
export function unauthenticated(message: string): ApiError {
  return new ApiError(401, 16, message)
}

/** 403: the key is known but may not do this. */
export function permissionDenied(message: string): ApiError {
  return new ApiError(403, 7, message)
}

/** 404 for a path or verb that does not exist. Ozon documents the text only; the status is a guess. */
export function methodNotAllowed(): ApiError {
  return new ApiError(404, 5, 'method is not allowed')
}

/** 400 for a method that Ozon has switched off. */
export function obsoleteMethod(): ApiError {
  return new ApiError(400, 9, 'obsolete method cannot be used')
}

/** 400 for a request that is refused as a whole. */
export function invalidArgument(message: string): ApiError {
  return new ApiError(400, 3, message)
}

/** 429; `retryAfter` in whole seconds, left out of the headers when undefined. */
export function tooManyRequests(message: string, retryAfter?: number): ApiError {
  return new ApiError(429, 8, message, {
    'Ratelimit-Remaining': '0',
    ...(retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }),
  })
}

import type { ErrorBody, ErrorCode } from './types.ts';

/** Codes of the server, and of what can go wrong on the way there; a newer server may have others. */
export type ApiErrorCode = ErrorCode | 'SERVER_BAD_REPLY' | (string & {});

/** A failed request: what happened, and what to do about it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** SERVER_UNREACHABLE: no answer of the server. SERVER_BAD_REPLY: an answer that is none of a Moonshare server. */
  readonly code: ApiErrorCode;
  readonly hint: string;
  /** HTTP; null: there was no answer. */
  readonly status: number | null;
  /** What a program needs to go on, e.g. who has the controls. */
  readonly details: Readonly<Record<string, unknown>> | null;
  /** How long to wait before trying again, ms, if the server said so. */
  readonly retryAfterMs: number | null;

  constructor(
    code: ApiErrorCode,
    options: {
      message: string;
      hint: string;
      status?: number | null;
      details?: Record<string, unknown> | null;
      retryAfterMs?: number | null;
      cause?: unknown;
    },
  ) {
    const { message, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = options.hint;
    this.status = options.status ?? null;
    this.details = options.details ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** `base`: where it was looked for. @param why e.g. `ECONNREFUSED` */
export function unreachable(
  base: string,
  why: string,
  { status = null, cause }: { status?: number | null; cause?: unknown } = {},
) {
  return new ApiError('SERVER_UNREACHABLE', {
    message: `No Moonshare server answers at ${base} (${why})`,
    hint: 'Check that the server runs, and the address.',
    status,
    cause,
  });
}

export function badReply(base: string, what: string, status: number | null = null): ApiError {
  return new ApiError('SERVER_BAD_REPLY', {
    message: `${base} is not a Moonshare server: it ${what}`,
    hint: 'Check the address. A proxy in between may be misconfigured.',
    status,
  });
}

/** An answer that is no success; `body` as parsed, undefined if it is no JSON. */
export function refusal(
  base: string,
  { status, body, retryAfter }: { status: number; body: unknown; retryAfter: string | null },
): ApiError {
  if (!isErrorBody(body)) {
    // A proxy in front of a server that is down, or something else entirely.
    return status >= 500
      ? unreachable(base, `a proxy answers ${status}`, { status })
      : badReply(base, `answered ${status}`, status);
  }
  const { error: message, code, hint, details = null } = body;
  return new ApiError(code, { message, hint, status, details, retryAfterMs: retryAfterMs(retryAfter) });
}

/** In seconds; our server never sends the header's other form, a date. */
function retryAfterMs(header: string | null): number | null {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : null;
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null) return false;
  const { error, code, hint, details } = body as Record<string, unknown>;
  const isObject = typeof details === 'object' && details !== null;
  return [error, code, hint].every((text) => typeof text === 'string') && (details === undefined || isObject);
}

import type { ApiError } from './api-error.ts';

/** A server that wants us to wait longer is not worth waiting for: the caller decides. */
const LONGEST_WAIT_MS = 30_000;
const FIRST_WAIT_MS = 250;

/** Whether doing it twice is the same as doing it once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'PUT', 'DELETE']);

/**
 * How long to wait before a request is sent again, ms; null: it is not. A request that may have been done is repeated only if that does
 * no harm. `attempt`: how often it was sent, from 1.
 */
export function retryDelayMs(method: string, error: ApiError, attempt: number): number | null {
  const { code, status, retryAfterMs } = error;
  // It says that nothing was done.
  const refused = status === 429 && retryAfterMs !== null;
  if (!refused && !IDEMPOTENT.has(method)) return null;
  if (retryAfterMs !== null && (status === 429 || status === 503)) {
    return retryAfterMs <= LONGEST_WAIT_MS ? retryAfterMs : null;
  }
  return code === 'SERVER_UNREACHABLE' ? FIRST_WAIT_MS * 2 ** (attempt - 1) : null;
}

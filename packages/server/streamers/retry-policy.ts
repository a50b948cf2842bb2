import type { ErrorCode } from '@moonshare/contract';

const RETRY_MS = [5_000, 10_000, 20_000, 40_000, 60_000] as const;

/** Trying again changes nothing about these; a PUT or the next start of the server does. */
const RESTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TERMINATED',
  'STREAMER_KEEPS_DYING',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_UNSUPPORTED',
  'HOST_ENCRYPTION_REQUIRED',
  'HOST_ENCRYPTION_UNAVAILABLE',
  'HOST_NOT_FOUND',
  'INTERNAL',
]);

/** How long to wait (ms) before a wanted streamer is started again after failure 1, 2, …; null: not by itself. */
export function retryMs(code: ErrorCode, failures: number): number | null {
  if (RESTING.has(code)) return null;
  return RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? null;
}

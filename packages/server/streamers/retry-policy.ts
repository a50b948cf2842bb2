import type { ErrorCode } from '@moonshare/contract';

const RETRY_MS = [5_000, 10_000, 20_000, 40_000, 60_000] as const;

/** A retry does not help with these; a PUT or a restart of the server may. */
const RESTING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TERMINATED',
  'STREAMER_KEEPS_DYING',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_UNSUPPORTED',
  'HOST_ENCRYPTION_REQUIRED',
  'HOST_ENCRYPTION_UNAVAILABLE',
  'HOST_NOT_FOUND',
  'WEBRTC_STACK_MISSING',
  'INTERNAL',
]);

/** The delay (ms) before a desired streamer is restarted after failure 1, 2, …; null: it is not restarted. */
export function retryMs(code: ErrorCode, failures: number): number | null {
  if (RESTING.has(code)) return null;
  return RETRY_MS[Math.min(failures, RETRY_MS.length) - 1] ?? null;
}

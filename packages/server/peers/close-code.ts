import type { MoonshareError } from '@moonshare/contract';

/** WebSocket close codes: 1000 when nothing went wrong, else 4000 and the HTTP status; the reason is the error code. */
export function closeCode(error: MoonshareError | null): { code: number; reason: string } {
  return error === null ? { code: 1000, reason: '' } : { code: 4000 + error.status, reason: error.code };
}

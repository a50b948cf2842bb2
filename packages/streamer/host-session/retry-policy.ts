import { backoffMs, type ErrorCode, MoonshareError } from '@moonshare/contract';
import { type StreamEndReason, terminationError } from '@moonshare/gamestream';
import type { LaunchVerb } from './types.ts';

/** Retrying does not help with these, whether or not there was a session before. */
const FATAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'HOST_NOT_PAIRED',
  'HOST_CERTIFICATE_CHANGED',
  'HOST_UNSUPPORTED',
  'HOST_BUSY',
  'HOST_ENCRYPTION_REQUIRED',
  'HOST_ENCRYPTION_UNAVAILABLE',
  'APP_NOT_FOUND',
  'TERMINATED',
  'INTERNAL',
]);

/** At a first start these are reported to the caller; a host that was lost may still be booting. */
const FATAL_AT_START: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'HOST_REFUSED',
  'HOST_UNREACHABLE',
  'HOST_TIMEOUT',
  'HOST_BAD_REPLY',
]);

export function isFatal(code: ErrorCode, atStart: boolean): boolean {
  return FATAL.has(code) || (atStart && FATAL_AT_START.has(code));
}

/** The host refused and started nothing. */
export function startedNothing(code: ErrorCode): boolean {
  return FATAL.has(code) || code === 'HOST_REFUSED' || code === 'NO_SESSION';
}

/** protocol/1 §7.3, "Verb choice"; an error if the host is not available to us. `currentGame`: 0 = none. */
export function chooseVerb(info: { paired: boolean; currentGame: number }, appId: number): LaunchVerb | MoonshareError {
  if (!info.paired) return new MoonshareError('HOST_NOT_PAIRED');
  if (info.currentGame === 0) return 'launch';
  if (info.currentGame === appId) return 'resume';
  return new MoonshareError('HOST_BUSY', { message: `The host is busy with app ${info.currentGame}` });
}

/** How long to wait in ms after attempt 1, 2, … has failed. */
export function retryDelayMs(attempt: number): number {
  return backoffMs(attempt, 500, 5_000);
}

/** The error for a stream that the host or the network ended. */
export function endError(reason: StreamEndReason): MoonshareError {
  if (reason.type === 'terminated') return MoonshareError.from(terminationError(reason.code));
  if (reason.type === 'noVideo') return MoonshareError.from(reason.error);
  return new MoonshareError(
    'CONTROL_LOST',
    reason.type === 'disconnected' ? { message: 'The host closed the connection' } : {},
  );
}

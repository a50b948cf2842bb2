import type { ViewerInput } from '@moonshare/contract/browser';

/** Above this many unsent bytes, events that a later one supersedes are dropped. */
const CONGESTED_BYTES = 16 * 1024;
/** Above this nothing more is queued: the connection is dying and its own queue is unbounded. */
const FULL_BYTES = 1024 * 1024;

const REPLACEABLE: ReadonlySet<ViewerInput['kind']> = new Set(['mouseMove', 'mousePosition', 'controllerState']);

/** Whether an event is worth sending while this many bytes are unsent. */
export function isWorthSending(kind: ViewerInput['kind'], bufferedBytes: number): boolean {
  return bufferedBytes <= (REPLACEABLE.has(kind) ? CONGESTED_BYTES : FULL_BYTES);
}

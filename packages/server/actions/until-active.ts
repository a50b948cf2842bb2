import { once } from 'node:events';
import { MoonshareError } from '@moonshare/contract';
import type { Streamer } from '../streamers/streamer.ts';

/** A host session that broke off may be up again in this time. */
const RECONNECT_MS = 10_000;

/** Resolves when the streamer has a session with its host. Throws STREAMER_NOT_ACTIVE, why it has ended, and the reason of `signal`. */
export async function untilActive(streamer: Streamer, signal: AbortSignal): Promise<void> {
  const { taps } = streamer;
  const isActive = () => streamer.status === 'active';
  if (isActive()) return;
  const late = AbortSignal.timeout(RECONNECT_MS);
  const over = new AbortController();
  const either = AbortSignal.any([signal, late, over.signal]);
  try {
    while (!isActive()) {
      if (taps.end !== null) throw taps.end;
      // Whatever ends it comes with one of them.
      await Promise.race([once(taps, 'changed', { signal: either }), once(taps, 'ended', { signal: either })]);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw late.aborted ? new MoonshareError('STREAMER_NOT_ACTIVE') : error;
  } finally {
    over.abort();
  }
}

import type { Rung, ServerSignal } from '@moonshare/contract/browser';

/** How much of the stream this viewer gets, and why not all of it. kbit/s; null: not known. */
export interface StreamShare {
  rung: Rung;
  cause: 'network' | null;
  networkKbps: number | null;
  streamKbps: number | null;
}

export const WHOLE_STREAM: StreamShare = { rung: 'full', cause: null, networkKbps: null, streamKbps: null };

export function readShare(signal: Extract<ServerSignal, { StreamShare: unknown }>['StreamShare']): StreamShare {
  const { rung, cause, network_kbps, stream_kbps } = signal;
  return { rung, cause, networkKbps: network_kbps, streamKbps: stream_kbps };
}

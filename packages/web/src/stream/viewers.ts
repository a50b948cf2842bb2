import type { StreamerInfo } from '@moonshare/contract';
import { effect } from '@preact/signals';
import type { StreamAddress } from '../location.ts';
import type { Stage } from './stage.ts';

const EVERY_MS = 10_000;

/** How many look at this stream, while it plays and as far as the link may know. Returns what stops it. */
export function followViewers(address: StreamAddress, stage: Stage): () => void {
  const end = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const look = async (): Promise<void> => {
    stage.viewers.value = await countViewers(address, end.signal);
    if (stage.viewers.value !== null && !end.signal.aborted) timer = setTimeout(look, EVERY_MS);
  };
  const stopEffect = effect(() => {
    clearTimeout(timer);
    if (stage.state.value.kind === 'playing') void look();
  });
  return () => {
    end.abort();
    clearTimeout(timer);
    stopEffect();
  };
}

/** null if the server does not tell. */
async function countViewers(address: StreamAddress, signal: AbortSignal): Promise<number | null> {
  try {
    const response = await fetch(new URL(`api/streamers/${encodeURIComponent(address.streamerId)}`, address.base), {
      headers: address.token === null ? {} : { authorization: `Bearer ${address.token}` },
      signal,
    });
    if (!response.ok) return null;
    const info = (await response.json()) as Partial<StreamerInfo>;
    return typeof info.connected_peers === 'number' ? info.connected_peers : null;
  } catch {
    return null;
  }
}

import { ApiError, type MoonshareApi, type ServerEvent } from '@moonshare/api';

/** How long to wait before asking again for events that the server has refused. */
const REFUSED_RETRY_MS = 5_000;

interface Follower {
  event(event: ServerEvent): void;
  /** Events arrive from now on; anything before, or in between, is in the lists. */
  opened(): void;
  /** Events have stopped. They are asked for again by themselves. */
  lost(): void;
}

/** Follows the events of the server until the returned function is called. */
export function followEvents(api: MoonshareApi, follower: Follower): () => void {
  let following = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const follow = (): void => {
    following = new AbortController();
    const { signal } = following;
    passOn(api, follower, signal).catch((error: unknown) => {
      if (signal.aborted) return;
      if (!(error instanceof ApiError)) console.error(error);
      follower.lost();
      timer = setTimeout(follow, REFUSED_RETRY_MS);
    });
  };
  const stop = (): void => {
    clearTimeout(timer);
    following.abort();
  };
  // Without a network, a connection stays silent for long before it is given up.
  const onOffline = (): void => follower.lost();
  const onOnline = (): void => {
    stop();
    follow();
  };
  addEventListener('offline', onOffline);
  addEventListener('online', onOnline);
  follow();
  return () => {
    removeEventListener('offline', onOffline);
    removeEventListener('online', onOnline);
    stop();
  };
}

async function passOn(api: MoonshareApi, follower: Follower, signal: AbortSignal): Promise<void> {
  const onOpen = () => follower.opened();
  const onLost = () => follower.lost();
  for await (const event of api.events({ signal, onOpen, onLost })) {
    if (event.type === 'reset') follower.opened();
    else follower.event(event);
  }
}

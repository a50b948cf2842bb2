import type { ViewerInput } from '@moonshare/contract/browser';
import type { PictureCounters } from '../picture/freeze-detector.ts';
import { problem } from '../problem.ts';
import type { Statistics } from '../statistics/digest.ts';
import type { MediaTransport, StreamFacts } from '../transport/media-transport.ts';
import type { PlayerOptions } from './media-socket-player.ts';

/** Most viewers never need a player: their picture comes over WebRTC. */
const load = () => import('./player.ts');

/** Loads the player's script and what that will need, since by the time it is needed the network may be down. */
export function preparePlayer(): void {
  load().then(
    ({ preparePlayer }) => preparePlayer(),
    // It is tried again when the player is needed.
    () => undefined,
  );
}

/** The player of a media socket, whose script is loaded now if it has not been. */
export class LazyPlayer implements MediaTransport {
  readonly kind = 'websocket';
  #player: MediaTransport | null = null;
  #isClosed = false;

  constructor(options: PlayerOptions) {
    load().then(
      ({ createPlayer }) => {
        if (!this.#isClosed) this.#player = createPlayer(options);
      },
      () => {
        if (!this.#isClosed) options.events.failed(problem('VIEWER_UNREACHABLE'));
      },
    );
  }

  /** Before `ready`, input goes nowhere. */
  send(event: ViewerInput): void {
    this.#player?.send(event);
  }

  async pictureCounters(): Promise<PictureCounters | null> {
    return (await this.#player?.pictureCounters()) ?? null;
  }

  async statistics(facts: StreamFacts): Promise<Statistics | null> {
    return (await this.#player?.statistics(facts)) ?? null;
  }

  close(): void {
    this.#isClosed = true;
    this.#player?.close();
  }
}

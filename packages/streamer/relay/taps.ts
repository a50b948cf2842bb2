import type { MoonshareError } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { Engines } from '../viewer/engines.ts';
import { Participant } from '../viewer/participant.ts';
import type { MediaConnection } from '../viewer/transport.ts';
import type { MediaRelay } from './media-relay.ts';
import { Spending } from './spending.ts';

/** One decoder takes pictures from a streamer; a second one may come before the end of the first has been noticed. */
export const MAX_TAPS = 4;

/** All of them are one customer: who opens one after another waits for key frames like a viewer who reloads. */
const OWNER = ['taps'];

/**
 * The picture taps: decoders of this server, which watch over a media socket like a viewer without sound, and are in no list, count
 * or statistics of viewers. What they send is charged like a viewer's.
 */
export class Taps {
  readonly #engines: Engines;
  readonly #media: MediaRelay;
  readonly #log: Logger;
  readonly #spending = new Spending();
  readonly #taps = new Set<Participant>();
  #count = 0;

  constructor({ engines, media, log }: { engines: Engines; media: MediaRelay; log: Logger }) {
    this.#engines = engines;
    this.#media = media;
    this.#log = log;
  }

  /** It ends with its socket. */
  add(connection: MediaConnection): void {
    if (this.#taps.size >= MAX_TAPS) {
      connection.socket.destroy();
      return;
    }
    this.#count += 1;
    const id = `tap-${this.#count}`;
    const account = this.#spending.join(id, OWNER, performance.now());
    const tap: Participant = new Participant({
      id,
      role: 'watch',
      kind: 'tap',
      kinds: ['websocket'],
      account,
      framesDropped: (transport) => this.#media.framesDropped(transport),
      events: {
        opened: () => {},
        connected: (transport) => this.#media.join(tap, transport),
        carried: () => {},
        uncarried: () => {},
        input: () => {},
        inputLost: () => {},
        keyFrameNeeded: (transport) => this.#media.keyFrameRequested(tap, transport),
        frameDropped: (transport) => this.#media.dropped([transport]),
        silent: () => {},
        left: (_kind, transport) => transport !== null && this.#media.leave(transport),
        closed: (error) => this.#onClosed(tap, error),
      },
    });
    this.#taps.add(tap);
    tap.add('websocket', (events) =>
      this.#engines.websocket.addTransport({ id, acceptsInput: () => false, account, events }, connection),
    );
  }

  #onClosed(tap: Participant, error: MoonshareError | null): void {
    this.#taps.delete(tap);
    this.#media.left(tap);
    this.#spending.leave(tap.id, performance.now());
    this.#log.debug({ tap: tap.id, code: error?.code }, 'picture tap left');
  }
}

import type { MoonshareError, ServerSignal } from '@moonshare/contract';
import type { Owner } from '../auth/owner.ts';
import type { PeerSession } from '../streamers/peer-session.ts';
import { LegacySignals } from './legacy-signals.ts';

/** A browser on the legacy socket, as a streamer sees it. */
export class LegacyPeer implements PeerSession {
  readonly role = 'full';
  readonly origin = { user: null, linkId: null };
  readonly wantsEvents = false;
  readonly grants = [];
  /** It has shown the credentials. */
  readonly rank = 'admin';
  readonly signals = new LegacySignals();
  readonly #socket: PeerSession;

  constructor(socket: PeerSession) {
    this.#socket = socket;
  }

  get owner(): Owner {
    return this.#socket.owner;
  }

  get id(): string {
    return this.#socket.id;
  }

  send(message: ServerSignal): void {
    this.#socket.send(message);
  }

  close(error: MoonshareError | null): Promise<void> {
    return this.#socket.close(error);
  }
}

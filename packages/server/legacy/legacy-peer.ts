import type { MoonshareError, ServerSignal } from '@moonshare/contract';
import type { Owner } from '../auth/index.ts';
import type { PeerSession } from '../streamers/index.ts';
import { LegacyOrder } from './order.ts';

/** A browser on the legacy socket, as a streamer sees it: a peer that is told the same in the older order. */
export class LegacyPeer implements PeerSession {
  readonly role = 'full';
  readonly origin = { user: null, linkId: null };
  readonly wantsEvents = false;
  readonly grants = [];
  /** It has shown the credentials. */
  readonly rank = 'admin';
  readonly #socket: PeerSession;
  readonly #order = new LegacyOrder();

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
    this.#sendAll(this.#order.next(message));
  }

  opened(): void {
    this.#sendAll(this.#order.opened());
  }

  close(error: MoonshareError | null): Promise<void> {
    this.#sendAll(this.#order.ended(error));
    return this.#socket.close(error);
  }

  #sendAll(messages: readonly ServerSignal[]): void {
    for (const message of messages) this.#socket.send(message);
  }
}

import { MoonshareError, type Negotiation, type ServerSignal, type ToStreamer } from '@moonshare/contract';
import type { Peer } from './peer.ts';

/** What one browser may say before the streamer process is up: an offer and its candidates. */
const MAX_EARLY_MESSAGES = 64;

interface Entry {
  peer: Peer;
  connectedAt: Date;
  early: Negotiation[];
}

/** The peers of one streamer, and the way between them and the process. */
export class Peers {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #deliver: ((message: ToStreamer) => void) | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  list(): { peer_id: string; connected_at: string }[] {
    return [...this.#entries.values()].map(({ peer, connectedAt }) => ({
      peer_id: peer.id,
      connected_at: connectedAt.toISOString(),
    }));
  }

  /** Throws VIEWER_LIMIT. */
  add(peer: Peer): void {
    if (this.#entries.size >= this.#limit) throw new MoonshareError('VIEWER_LIMIT');
    this.#entries.set(peer.id, { peer, connectedAt: new Date(), early: [] });
    this.#deliver?.({ type: 'addPeer', peerId: peer.id, role: peer.role });
  }

  /** The process takes messages from now on; what came before is handed over in order. */
  attach(deliver: (message: ToStreamer) => void): void {
    this.#deliver = deliver;
    for (const { peer, early } of this.#entries.values()) {
      deliver({ type: 'addPeer', peerId: peer.id, role: peer.role });
      for (const message of early.splice(0)) deliver({ type: 'fromPeer', peerId: peer.id, message });
    }
  }

  receive(peerId: string, message: Negotiation): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    if (this.#deliver !== null) this.#deliver({ type: 'fromPeer', peerId, message });
    else if (entry.early.length < MAX_EARLY_MESSAGES) entry.early.push(message);
  }

  /** Its socket has closed. */
  remove(peerId: string): void {
    if (this.#entries.delete(peerId)) this.#deliver?.({ type: 'removePeer', peerId });
  }

  send(peerId: string, message: ServerSignal): void {
    this.#entries.get(peerId)?.peer.send(message);
  }

  broadcast(message: ServerSignal): void {
    for (const { peer } of this.#entries.values()) peer.send(message);
  }

  /** To those who asked for events. */
  announce(message: ServerSignal): void {
    for (const { peer } of this.#entries.values()) if (peer.wantsEvents) peer.send(message);
  }

  /** The streamer has closed this viewer. */
  close(peerId: string, error: MoonshareError | null): void {
    const entry = this.#entries.get(peerId);
    this.#entries.delete(peerId);
    void entry?.peer.close(error);
  }

  /** Resolves when all sockets are closed. */
  async closeAll(error: MoonshareError): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(({ peer }) => peer.close(error)));
  }
}

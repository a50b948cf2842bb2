import {
  type IceServer,
  MoonshareError,
  type Negotiation,
  type PeerInfo,
  type ServerSignal,
  type ToStreamer,
} from '@moonshare/contract';
import type { Peer } from './peer.ts';

/** What one browser may say before the streamer process is up: an offer and its candidates. */
const MAX_EARLY_MESSAGES = 64;

interface Entry {
  peer: Peer;
  connectedAt: Date;
  early: Negotiation[];
  /** It negotiated with a process that is gone: what it still says of that concerns nobody. */
  orphan: boolean;
}

interface PeersEvents {
  /** What a new peer may use, made when it is needed: credentials expire. */
  iceServers(peerId: string): IceServer[];
  joined(peer: PeerInfo): void;
  left(peer: Peer): void;
}

/** The peers of one streamer, and the way between them and the process. */
export class Peers {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  readonly #events: PeersEvents;
  #deliver: ((message: ToStreamer) => void) | null = null;

  constructor(limit: number, events: PeersEvents) {
    this.#limit = limit;
    this.#events = events;
  }

  get size(): number {
    return this.#entries.size;
  }

  list(): PeerInfo[] {
    return [...this.#entries.values()].map(describe);
  }

  /** Throws VIEWER_LIMIT. */
  add(peer: Peer): void {
    if (this.#entries.size >= this.#limit) throw new MoonshareError('VIEWER_LIMIT');
    const entry: Entry = { peer, connectedAt: new Date(), early: [], orphan: false };
    this.#entries.set(peer.id, entry);
    this.#deliver?.(this.#introduction(peer));
    this.#events.joined(describe(entry));
  }

  /** The process takes messages from now on; what came before is handed over in order. */
  attach(deliver: (message: ToStreamer) => void): void {
    this.#deliver = deliver;
    for (const entry of this.#entries.values()) {
      const { peer, early } = entry;
      entry.orphan = false;
      deliver(this.#introduction(peer));
      for (const message of early.splice(0)) deliver({ type: 'fromPeer', peerId: peer.id, message });
    }
  }

  /** The process is gone; its peers wait for the next one, which has them begin anew. */
  detach(): void {
    this.#deliver = null;
    for (const entry of this.#entries.values()) entry.orphan = true;
  }

  #introduction({ id, role }: Peer): ToStreamer {
    return { type: 'addPeer', peerId: id, role, iceServers: this.#events.iceServers(id) };
  }

  receive(peerId: string, message: Negotiation): void {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return;
    if (this.#deliver !== null) this.#deliver({ type: 'fromPeer', peerId, message });
    else if (!entry.orphan && entry.early.length < MAX_EARLY_MESSAGES) entry.early.push(message);
  }

  /** Puts it out: picture and input end now, whenever its browser closes the socket. Throws PEER_NOT_FOUND. */
  kick(peerId: string): void {
    const peer = this.#take(peerId);
    if (peer === null) throw new MoonshareError('PEER_NOT_FOUND');
    void peer.close(new MoonshareError('PEER_REMOVED'));
  }

  /** Its socket has closed. */
  remove(peerId: string): void {
    this.#take(peerId);
  }

  send(peerId: string, message: ServerSignal): void {
    this.#entries.get(peerId)?.peer.send(message);
  }

  opened(peerId: string): void {
    this.#entries.get(peerId)?.peer.opened?.();
  }

  broadcast(message: ServerSignal): void {
    for (const { peer } of this.#entries.values()) peer.send(message);
  }

  /** Says goodbye; `sparing`: not to those who asked for events, who know why. */
  disconnect({ sparing }: { sparing: boolean }): void {
    for (const { peer } of this.#entries.values()) if (!sparing || !peer.wantsEvents) peer.send('PeerDisconnect');
  }

  /** To those who asked for events. */
  announce(message: ServerSignal): void {
    for (const { peer } of this.#entries.values()) if (peer.wantsEvents) peer.send(message);
  }

  /** The streamer has closed this viewer. */
  close(peerId: string, error: MoonshareError | null): void {
    void this.#forget(peerId)?.close(error);
  }

  /** Resolves when all sockets are closed. */
  async closeAll(error: MoonshareError): Promise<void> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.#forget(id)?.close(error)));
  }

  #take(peerId: string): Peer | null {
    const peer = this.#forget(peerId);
    if (peer !== null) this.#deliver?.({ type: 'removePeer', peerId });
    return peer;
  }

  #forget(peerId: string): Peer | null {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return null;
    this.#entries.delete(peerId);
    this.#events.left(entry.peer);
    return entry.peer;
  }
}

function describe({ peer: { id, role, origin }, connectedAt }: Entry): PeerInfo {
  return { peer_id: id, connected_at: connectedAt.toISOString(), role, user: origin.user, link_id: origin.linkId };
}

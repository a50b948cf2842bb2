import {
  type IceServer,
  MoonshareError,
  type Negotiation,
  type PeerInfo,
  type ServerSignal,
  type ToStreamer,
} from '@moonshare/contract';
import type { Peer } from './peer.ts';
import { Returns, type Right } from './returns.ts';

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
  readonly #returns = new Returns();
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

  /** `succeeds`: whom `claim` has named. Throws VIEWER_LIMIT. */
  add(peer: Peer, succeeds: string | null): void {
    if (this.#entries.size >= this.#limit) throw new MoonshareError('VIEWER_LIMIT');
    const entry: Entry = { peer, connectedAt: new Date(), early: [], orphan: false };
    this.#entries.set(peer.id, entry);
    this.#deliver?.({ ...this.#introduction(peer), ...(succeeds !== null && { succeeds }) });
    this.#events.joined(describe(entry));
  }

  /** The secret for its next socket, if it asked for events. */
  tellResumeToken(peer: Peer): void {
    if (peer.wantsEvents) peer.send({ ResumeToken: { token: this.#returns.issue(peer) } });
  }

  /** By what right somebody with this secret was here; null: nobody lately. */
  rightOf(token: string): Right | null {
    return this.#returns.right(token, performance.now());
  }

  /** The id of whoever comes back by this secret as `as`; its old socket goes now, and what it holds waits for it. */
  claim(token: string, as: Pick<Peer, 'role' | 'origin'>): string | null {
    const before = this.#returns.claim(token, as, performance.now());
    if (before === null) return null;
    this.#take(before.id, { mayReturn: true });
    void before.close(new MoonshareError('PEER_REMOVED'));
    return before.id;
  }

  /** Its browser asks whether anything comes through, and the picture. */
  ping(peerId: string): void {
    this.send(peerId, { StillHere: {} });
    if (this.#entries.has(peerId)) this.#deliver?.({ type: 'getLastFrame', peerId });
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

  #introduction({ id, role }: Peer): Extract<ToStreamer, { type: 'addPeer' }> {
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
    const peer = this.#take(peerId, { mayReturn: false });
    if (peer === null) throw new MoonshareError('PEER_NOT_FOUND');
    void peer.close(new MoonshareError('PEER_REMOVED'));
  }

  /** Its socket has closed. `mayReturn`: without a word. */
  remove(peerId: string, { mayReturn }: { mayReturn: boolean }): void {
    this.#take(peerId, { mayReturn });
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

  #take(peerId: string, { mayReturn }: { mayReturn: boolean }): Peer | null {
    const peer = this.#forget(peerId, { mayReturn });
    if (peer !== null) this.#deliver?.({ type: 'removePeer', peerId, mayReturn });
    return peer;
  }

  #forget(peerId: string, { mayReturn } = { mayReturn: false }): Peer | null {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return null;
    this.#entries.delete(peerId);
    this.#returns.gone(peerId, { mayReturn }, performance.now());
    this.#events.left(entry.peer);
    return entry.peer;
  }
}

function describe({ peer: { id, role, origin }, connectedAt }: Entry): PeerInfo {
  return { peer_id: id, connected_at: connectedAt.toISOString(), role, user: origin.user, link_id: origin.linkId };
}

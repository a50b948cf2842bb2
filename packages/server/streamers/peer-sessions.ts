import {
  type Account,
  Accounts,
  type IceServer,
  MoonshareError,
  type Negotiation,
  type PeerInfo,
  type ServerSignal,
  SIGNALLING_ALLOWANCES,
  type ToStreamer,
} from '@moonshare/contract';
import { LimitError, ownerKeys } from '../auth/index.ts';
import type { Seats } from '../limits/index.ts';
import { JoinLimiter } from './join-limiter.ts';
import type { PeerSession } from './peer-session.ts';
import { ResumeTokens, type Right } from './resume-tokens.ts';

/** What one browser may say before the streamer process is up: an offer and its candidates. */
const MAX_EARLY_MESSAGES = 64;

interface Entry {
  peer: PeerSession;
  connectedAt: Date;
  account: Account<'signals'>;
  early: Negotiation[];
  /** It negotiated with a process that is gone: what it still says of that concerns nobody. */
  orphan: boolean;
  /** Until it has its peer connection with the process that is there. */
  timer: NodeJS.Timeout | undefined;
  leaveSeats: () => void;
}

interface PeerSessionsEvents {
  /** What a new peer may use, made when it is needed: credentials expire. */
  iceServers(peerId: string): IceServer[];
  joined(peer: PeerInfo): void;
  left(peer: PeerSession): void;
  /** A peer can be expected to have its peer connection: the host session is up. */
  isUp(): boolean;
}

export interface PeerSessionsOptions {
  /** Those of this streamer, and those of all. Each peer takes one of each. */
  seats: readonly Seats[];
  /** A peer that has no peer connection after this is put out. */
  connectLimitMs: number;
}

/** The peers of one streamer, and the way between them and the process. */
export class PeerSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #options: PeerSessionsOptions;
  readonly #events: PeerSessionsEvents;
  readonly #resumeTokens = new ResumeTokens();
  readonly #joinLimiter = new JoinLimiter();
  readonly #accounts = new Accounts<'signals'>(SIGNALLING_ALLOWANCES);
  #deliver: ((message: ToStreamer) => void) | null = null;

  constructor(options: PeerSessionsOptions, events: PeerSessionsEvents) {
    this.#options = options;
    this.#events = events;
  }

  get size(): number {
    return this.#entries.size;
  }

  list(): PeerInfo[] {
    return [...this.#entries.values()].map(describe);
  }

  /** `succeeds`: whom `claim` has named. Throws RATE_LIMITED, and what its seats do: VIEWER_LIMIT, VIEWER_TOTAL_LIMIT. */
  add(peer: PeerSession, succeeds: string | null): void {
    const now = performance.now();
    if (!this.#joinLimiter.allows(peer.owner, now)) throw comesTooOften();
    const leaveSeats = this.#takeSeats(peer);
    const entry: Entry = {
      peer,
      account: this.#accounts.open(ownerKeys(peer.owner), now),
      connectedAt: new Date(),
      early: [],
      orphan: false,
      timer: undefined,
      leaveSeats,
    };
    this.#entries.set(peer.id, entry);
    if (this.#deliver !== null) this.#introduce(entry, this.#deliver, succeeds);
    this.#events.joined(describe(entry));
  }

  /** The secret for its next socket, if it asked for events. */
  tellResumeToken(peer: PeerSession): void {
    if (peer.wantsEvents) peer.send({ ResumeToken: { token: this.#resumeTokens.issue(peer) } });
  }

  /** By what right somebody with this secret was here; null: nobody lately. */
  rightOf(token: string): Right | null {
    return this.#resumeTokens.right(token, performance.now());
  }

  /** The id of whoever comes back by this secret as `as`; its old socket goes now, and what it holds waits for it. */
  claim(token: string, as: Pick<PeerSession, 'role' | 'origin'>): string | null {
    const before = this.#resumeTokens.claim(token, as, performance.now());
    if (before === null) return null;
    this.#take(before.id, { mayReturn: true });
    void before.close(new MoonshareError('PEER_REMOVED'));
    return before.id;
  }

  /** Its browser asks whether anything comes through, and the picture. */
  ping(peerId: string): void {
    if (this.#hears(peerId) === null) return;
    this.send(peerId, { StillHere: {} });
    this.#deliver?.({ type: 'getLastFrame', peerId });
  }

  /** The process takes messages from now on; what came before is handed over in order. */
  attach(deliver: (message: ToStreamer) => void): void {
    this.#deliver = deliver;
    for (const entry of this.#entries.values()) {
      const { peer, early } = entry;
      entry.orphan = false;
      this.#introduce(entry, deliver, null);
      for (const message of early.splice(0)) deliver({ type: 'fromPeer', peerId: peer.id, message });
    }
  }

  /** The process is gone; its peers wait for the next one, which has them begin anew. */
  detach(): void {
    this.#deliver = null;
    for (const entry of this.#entries.values()) {
      entry.orphan = true;
      clearTimeout(entry.timer);
    }
  }

  #introduce(entry: Entry, deliver: (message: ToStreamer) => void, succeeds: string | null): void {
    const { id, role, owner } = entry.peer;
    const iceServers = this.#events.iceServers(id);
    const owners = ownerKeys(owner);
    deliver({ type: 'addPeer', peerId: id, role, owners, iceServers, ...(succeeds !== null && { succeeds }) });
    this.#awaitConnection(entry);
  }

  #awaitConnection(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      if (!this.#events.isUp()) return this.#awaitConnection(entry);
      const message = `No peer connection after ${this.#options.connectLimitMs / 1000} s`;
      this.#putOut(entry.peer.id, new LimitError('VIEWER_UNREACHABLE', 'no-peer-connection', { message }));
    }, this.#options.connectLimitMs);
  }

  #takeSeats(peer: PeerSession): () => void {
    const taken: (() => void)[] = [];
    const leave = () => {
      for (const giveBack of taken) giveBack();
    };
    try {
      for (const seats of this.#options.seats) taken.push(seats.take(peer));
      return leave;
    } catch (error) {
      leave();
      throw error;
    }
  }

  receive(peerId: string, message: Negotiation): void {
    const entry = this.#hears(peerId);
    if (entry === null) return;
    if (this.#deliver !== null) this.#deliver({ type: 'fromPeer', peerId, message });
    else if (!entry.orphan && entry.early.length < MAX_EARLY_MESSAGES) entry.early.push(message);
  }

  /** Who says something, if it may. */
  #hears(peerId: string): Entry | null {
    const entry = this.#entries.get(peerId);
    const spent = entry?.account.spend('signals', 1, performance.now());
    if (spent === 'persistent') this.#putOut(peerId, saysTooMuch());
    return entry !== undefined && spent === 'within' ? entry : null;
  }

  /** Puts it out: picture and input end now, whenever its browser closes the socket. Throws PEER_NOT_FOUND. */
  kick(peerId: string): void {
    if (!this.#putOut(peerId, new MoonshareError('PEER_REMOVED'))) throw new MoonshareError('PEER_NOT_FOUND');
  }

  /** Its socket has closed. `mayReturn`: without a word. */
  remove(peerId: string, { mayReturn }: { mayReturn: boolean }): void {
    this.#take(peerId, { mayReturn });
  }

  send(peerId: string, message: ServerSignal): void {
    const peer = this.#entries.get(peerId)?.peer;
    // Older front ends fail on what they do not know.
    if (typeof message === 'object' && 'GamepadPlayers' in message && peer?.wantsEvents !== true) return;
    peer?.send(message);
  }

  opened(peerId: string): void {
    const entry = this.#entries.get(peerId);
    clearTimeout(entry?.timer);
    entry?.peer.opened?.();
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
    const isLimit = error?.code === 'RATE_LIMITED';
    void this.#forget(peerId)?.close(isLimit ? new LimitError(error.code, 'viewer-budget', error) : error);
  }

  /** Resolves when all sockets are closed. */
  async closeAll(error: MoonshareError): Promise<void> {
    const ids = [...this.#entries.keys()];
    await Promise.all(ids.map((id) => this.#forget(id)?.close(error)));
  }

  /** Whether it was here. */
  #putOut(peerId: string, error: MoonshareError): boolean {
    const peer = this.#take(peerId, { mayReturn: false });
    void peer?.close(error);
    return peer !== null;
  }

  #take(peerId: string, { mayReturn }: { mayReturn: boolean }): PeerSession | null {
    const peer = this.#forget(peerId, { mayReturn });
    if (peer !== null) this.#deliver?.({ type: 'removePeer', peerId, mayReturn });
    return peer;
  }

  #forget(peerId: string, { mayReturn } = { mayReturn: false }): PeerSession | null {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return null;
    this.#entries.delete(peerId);
    this.#resumeTokens.gone(peerId, { mayReturn }, performance.now());
    clearTimeout(entry.timer);
    entry.leaveSeats();
    this.#accounts.close(entry.account, ownerKeys(entry.peer.owner), performance.now());
    this.#events.left(entry.peer);
    return entry.peer;
  }
}

function comesTooOften(): LimitError {
  const message = 'Too many browsers joined from this address or by this link';
  return new LimitError('RATE_LIMITED', 'viewer-joins', { message });
}

function saysTooMuch(): LimitError {
  return new LimitError('RATE_LIMITED', 'viewer-budget', { message: 'The browser negotiates too often' });
}

function describe({ peer: { id, role, origin }, connectedAt }: Entry): PeerInfo {
  return { peer_id: id, connected_at: connectedAt.toISOString(), role, user: origin.user, link_id: origin.linkId };
}

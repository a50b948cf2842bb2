import type { Socket } from 'node:net';
import {
  type Account,
  type AppInfo,
  BudgetAccounts,
  background,
  type FromStreamer,
  type HostState,
  type IceServer,
  invariant,
  MoonshareError,
  type Negotiation,
  type NewServerEvent,
  type PeerInfo,
  type Role,
  type ServerSignal,
  SIGNALLING_ALLOWANCES,
  type ToStreamer,
  type TransportChoice,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { LimitError } from '../auth/limit-error.ts';
import { ownerKeys } from '../auth/owner.ts';
import { type Seats, takeOneOfEach } from '../limits/seats.ts';
import { JoinLimiter } from './join-limiter.ts';
import { MediaAccess } from './media-access.ts';
import type { Redeemed } from './media-tickets.ts';
import type { PeerSession } from './peer-session.ts';
import type { PeerSignals } from './peer-signals.ts';
import { ResumeTokens, type Right } from './resume-tokens.ts';

/** How many messages a browser may send before the streamer process is up: an offer and its candidates. */
const MAX_EARLY_MESSAGES = 64;
/** A media socket makes more work than a message: an upgrade, a hand-over to the process, and events when it takes over. */
const TICKET_COST = 10;
/** What everybody is told costs more, too. */
const CONTROL_COST = 10;
const NAME_COST = 50;
/** The most bytes behind the upgrade of a media socket: browsers send nothing before they are answered. */
const MAX_HEAD_BYTES = 64 * 1024;

/** The request of a media socket, as far as its handshake needs it. */
export type MediaRequest = Extract<ToStreamer, { type: 'mediaSocket' }>['request'];

interface Entry {
  peer: PeerSession;
  connectedAt: Date;
  account: Account<'signals'>;
  participant: Identity;
  early: Negotiation[];
  /** It negotiated with a process that is gone: its further messages about that are dropped. */
  orphan: boolean;
  /** Runs until it has its peer connection with the current process. */
  timer: NodeJS.Timeout | undefined;
  leaveSeats: () => void;
}

/** The participant that a peer is; its name may change. */
interface Identity {
  readonly id: string;
  readonly name: string;
}

interface PeerSessionsEvents {
  /** A peer is here; `succeeds`: the one that it was before. */
  joined(peer: PeerSession, succeeds: string | null): Identity;
  roleChanged(peerId: string, role: Role): void;
  /** A peer is gone; `mayReturn`: its connection broke off. */
  left(peerId: string, how: { mayReturn: boolean }): void;
  /** What a new peer may use, created when needed, as credentials expire. */
  iceServers(peerId: string): IceServer[];
  /** The state of the streamer, for subscribers to events. */
  state(): ServerSignal;
  /** `from`: the browser that caused it, if the trail is to name it. */
  happened(event: NewServerEvent, from?: PeerSession): void;
  /** Peers can be expected to have their peer connection: the host session is up. */
  isUp(): boolean;
}

export interface PeerSessionsOptions {
  streamerId: string;
  /** The seats of this streamer and those of all streamers. Each peer takes one of each. */
  seats: readonly Seats[];
  /** A peer without a media connection after this time is removed. */
  connectLimitMs: number;
  /** The transport that the operator wants. */
  transport: TransportChoice;
  log: Logger;
}

/** Sends a message to a worker, with a connection that is the worker's from then on. */
type Deliver = (message: ToStreamer, socket?: Socket) => void;

/** The worker that receives the messages of peers. `host`: its last host state; null: none yet, and peers are not introduced to it. */
interface AttachedWorker {
  deliver: Deliver;
  app: AppInfo;
  host: HostState | null;
}

/** The peers of one streamer, and the connection between them and its worker. */
export class PeerSessions {
  readonly #entries = new Map<string, Entry>();
  readonly #options: PeerSessionsOptions;
  readonly #events: PeerSessionsEvents;
  readonly #resumeTokens = new ResumeTokens();
  readonly #joinLimiter = new JoinLimiter();
  readonly #accounts = new BudgetAccounts<'signals'>(SIGNALLING_ALLOWANCES);
  readonly #media: MediaAccess;
  #worker: AttachedWorker | null = null;

  constructor(options: PeerSessionsOptions, events: PeerSessionsEvents) {
    this.#options = options;
    this.#media = new MediaAccess(options.transport);
    this.#events = events;
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Who is behind this peer, as far as is known: a user, or an address, whichever links they use. With the shared credentials, as a
   * platform's proxy has them, each peer counts for itself, and so does one that has left.
   */
  personOf(peerId: string): string {
    const peer = this.#entries.get(peerId)?.peer;
    if (peer === undefined) return `peer:${peerId}`;
    const { user } = peer.origin;
    if (user !== null) return `user:${user}`;
    return peer.rank === 'admin' ? `peer:${peerId}` : `address:${peer.owner.address}`;
  }

  list(): PeerInfo[] {
    return [...this.#entries.values()].map(describe);
  }

  /** `succeeds`: the peer that `claim` returned. Throws RATE_LIMITED, and for its seats VIEWER_LIMIT and VIEWER_TOTAL_LIMIT. */
  add(peer: PeerSession, succeeds: string | null): void {
    invariant(!this.#entries.has(peer.id), 'a peer joins twice');
    const now = performance.now();
    this.#joinLimiter.check(peer.owner, now);
    const leaveSeats = takeOneOfEach(this.#options.seats, peer);
    const entry: Entry = {
      peer,
      participant: { id: peer.id, name: '' },
      account: this.#accounts.open(ownerKeys(peer.owner), now),
      connectedAt: new Date(),
      early: [],
      orphan: false,
      timer: undefined,
      leaveSeats,
    };
    this.#entries.set(peer.id, entry);
    if (this.#worker !== null) this.#handOver(entry, this.#worker, succeeds);
    entry.participant = this.#events.joined(peer, succeeds);
    const { streamerId: streamer_id } = this.#options;
    this.#events.happened({ type: 'viewer.joined', streamer_id, ...describe(entry), viewers: this.size }, peer);
    this.announce();
    this.#welcome(peer);
  }

  /** Sends what a new peer needs: the secret for its next socket, if it subscribed to events, and everything for negotiation. */
  #welcome(peer: PeerSession): void {
    if (peer.wantsEvents) peer.send({ ResumeToken: { token: this.#resumeTokens.issue(peer) } });
    if (this.#worker !== null && this.#worker.host !== null) this.#introduce(peer, this.#worker);
  }

  /** The access of the viewer that had this secret; null: none recently. */
  rightOf(token: string): Right | null {
    return this.#resumeTokens.right(token, performance.now());
  }

  /**
   * The viewer that comes back with this secret as `as`, and the role that it has by now. Its old socket is closed now, and what it
   * holds is kept for it.
   */
  claim(token: string, as: Pick<PeerSession, 'grantedRole' | 'origin'>): Pick<PeerSession, 'id' | 'role'> | null {
    const before = this.#resumeTokens.claim(token, as, performance.now());
    if (before === null) return null;
    this.#take(before.id, { mayReturn: true });
    this.#close(before, new MoonshareError('PEER_REMOVED'));
    return before;
  }

  /** The browser asks whether messages still arrive, and for the last frame. */
  ping(peerId: string): void {
    if (this.#mayNegotiate(peerId) === null) return;
    this.#entries.get(peerId)?.peer.send({ StillHere: {} });
    this.#worker?.deliver({ type: 'getLastFrame', peerId });
  }

  /** From now on this worker receives the messages; earlier ones are delivered in order. */
  attach(deliver: Deliver, app: AppInfo): void {
    invariant(this.#worker === null, 'a worker is attached while another is');
    this.#worker = { deliver, app, host: null };
    for (const entry of this.#entries.values()) {
      const { peer, early } = entry;
      entry.orphan = false;
      this.#handOver(entry, this.#worker, null);
      for (const message of early.splice(0)) deliver({ type: 'fromPeer', peerId: peer.id, message });
    }
  }

  /** The worker is gone; its peers wait for the next one, with which they negotiate anew. */
  detach(): void {
    this.#worker = null;
    for (const entry of this.#entries.values()) {
      entry.orphan = true;
      clearTimeout(entry.timer);
    }
  }

  /** `before`: the previous host state from the same worker; null: none. */
  signalHost(before: HostState | null, host: HostState): void {
    if (this.#worker !== null) this.#worker.host = host;
    this.#signalAll((signals) => signals.host(before, host));
  }

  signalTerminated(code: number): void {
    this.#signalAll((signals) => signals.terminated(code));
  }

  /** For those who came before the attached worker had reported anything. */
  introduceAll(): void {
    const worker = this.#worker;
    invariant(worker !== null && worker.host !== null, 'peers are introduced to a worker that has reported nothing');
    for (const { peer } of this.#entries.values()) this.#introduce(peer, worker);
  }

  #introduce(peer: PeerSession, { app, host }: AttachedWorker): void {
    const iceServers = this.#events.iceServers(peer.id);
    sendAll(peer, this.#media.options(peer));
    sendAll(peer, peer.signals.introduced({ iceServers, app, host }));
  }

  #signalAll(signals: (of: PeerSignals) => ServerSignal[]): void {
    for (const { peer } of this.#entries.values()) sendAll(peer, signals(peer.signals));
  }

  #handOver(entry: Entry, { deliver }: AttachedWorker, succeeds: string | null): void {
    const { id, role, owner } = entry.peer;
    const [owners, transports] = [ownerKeys(owner), this.#media.transports(entry.peer)];
    deliver({ type: 'addPeer', peerId: id, role, owners, transports, ...(succeeds !== null && { succeeds }) });
    this.#awaitConnection(entry);
  }

  #awaitConnection(entry: Entry): void {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => {
      if (!this.#events.isUp()) return this.#awaitConnection(entry);
      const message = `No peer connection after ${this.#options.connectLimitMs / 1000} s`;
      this.#evict(entry.peer.id, new LimitError('VIEWER_UNREACHABLE', 'no-peer-connection', { message }));
    }, this.#options.connectLimitMs);
  }

  /** Refuses a peer because the streamer has ended. `code`: of the end to send to it; null: none. */
  turnAway(peer: PeerSession, code: number | null, error: MoonshareError | null): void {
    if (peer.wantsEvents) peer.send(this.#events.state());
    if (code !== null) sendAll(peer, peer.signals.terminated(code));
    this.#close(peer, error);
  }

  receive(peerId: string, message: Negotiation): void {
    const entry = this.#mayNegotiate(peerId);
    if (entry === null) return;
    if (this.#worker !== null) this.#worker.deliver({ type: 'fromPeer', peerId, message });
    else if (!entry.orphan && entry.early.length < MAX_EARLY_MESSAGES) entry.early.push(message);
  }

  /** What its browser says about its transports, for the streamer. */
  passOn(message: ToStreamer & { type: 'restartWebRtc' | 'useTransport' }): void {
    if (this.#mayNegotiate(message.peerId) !== null) this.#worker?.deliver(message);
  }

  /** Whether this peer may say something that everybody is told: who has the controls, or its name. */
  mayTell(peerId: string, what: 'control' | 'name'): boolean {
    return this.#mayNegotiate(peerId, what === 'control' ? CONTROL_COST : NAME_COST) !== null;
  }

  /** Changes what a peer may do, now and when it comes back. `check` throws if its grants do not allow that. Throws PEER_NOT_FOUND. */
  setRole(peerId: string, role: Role, check: (grants: readonly string[]) => void): void {
    const peer = this.#entries.get(peerId)?.peer;
    if (peer === undefined) throw new MoonshareError('PEER_NOT_FOUND');
    check(peer.grants);
    if (peer.role === role) return;
    peer.role = role;
    this.#worker?.deliver({ type: 'setRole', peerId, role });
    if (peer.knowsControl) peer.send({ RoleChanged: { role } });
    this.#events.roleChanged(peerId, role);
  }

  /** The browser wants to open a media socket. */
  giveMediaTicket(peerId: string): void {
    const entry = this.#mayNegotiate(peerId, TICKET_COST);
    if (entry !== null) sendAll(entry.peer, this.#media.ticket(entry.peer, performance.now()));
  }

  /** Throws STREAMER_NOT_ACTIVE while there is no process to take media sockets; the ticket is used up all the same. */
  redeemMediaTicket(ticket: string): Redeemed {
    const redeemed = this.#media.redeem(ticket, performance.now());
    if (redeemed.outcome === 'admitted' && this.#worker === null) throw new MoonshareError('STREAMER_NOT_ACTIVE');
    return redeemed;
  }

  /** The media socket of a peer, with what followed its request; it is closed if the peer or the process is gone. */
  openMediaSocket(peerId: string, request: MediaRequest, head: Buffer, socket: Socket): void {
    const isTaken = this.#entries.has(peerId) && head.length <= MAX_HEAD_BYTES;
    if (!isTaken || this.#worker === null) return void socket.destroy();
    this.#worker.deliver({ type: 'mediaSocket', peerId, request, head: head.toString('base64') }, socket);
  }

  /** The sender, if its budget allows another message. */
  #mayNegotiate(peerId: string, cost = 1): Entry | null {
    const entry = this.#entries.get(peerId);
    const spent = entry?.account.spend('signals', cost, performance.now());
    if (spent === 'persistent') this.#evict(peerId, negotiatesTooOften());
    return entry !== undefined && spent === 'within' ? entry : null;
  }

  /** Removes it: picture and input end now, whenever its browser closes the socket. Throws PEER_NOT_FOUND. */
  kick(peerId: string): void {
    if (!this.#evict(peerId, new MoonshareError('PEER_REMOVED'))) throw new MoonshareError('PEER_NOT_FOUND');
    this.announce();
  }

  /** Its socket has closed. `mayReturn`: the connection broke off. */
  remove(peerId: string, { mayReturn } = { mayReturn: false }): void {
    this.#take(peerId, { mayReturn });
    this.announce();
  }

  /** Handles what concerns one of the peers; other messages are handled elsewhere. */
  onWorkerMessage(message: FromStreamer): void {
    if (!('peerId' in message)) return;
    const { peerId } = message;
    const about = { streamer_id: this.#options.streamerId, peer_id: peerId };
    const entry = this.#entries.get(peerId);
    const peer = entry?.peer;
    switch (message.type) {
      case 'negotiation':
        if (peer !== undefined) sendAll(peer, peer.signals.negotiation(message.message));
        break;
      case 'gamepadPlayers':
        // Older front ends fail on unknown messages.
        if (peer?.wantsEvents) peer.send({ GamepadPlayers: { players: message.players } });
        break;
      case 'lastFrame':
        peer?.send({ LastFrame: { age_ms: message.ageMs } });
        break;
      case 'peerOpened':
        clearTimeout(entry?.timer);
        if (peer !== undefined) sendAll(peer, peer.signals.opened());
        break;
      case 'peerConnected':
        this.#events.happened({ type: 'viewer.connected', ...about });
        break;
      case 'peerFirstFrame':
        this.#events.happened({ type: 'viewer.first_frame', ...about, ms: message.ms });
        break;
      case 'peerTransport':
        this.#events.happened({ type: 'viewer.transport', ...about, transport: message.transport });
        break;
      case 'peerRung':
        this.#onRung(message, about);
        break;
      case 'peerClosed':
        this.#onClosed(peerId, message.error && MoonshareError.fromBody(message.error));
        break;
    }
  }

  #onRung(
    { rung, cause, ...message }: FromStreamer & { type: 'peerRung' },
    about: { streamer_id: string; peer_id: string },
  ): void {
    const share = { rung, cause, network_kbps: message.networkKbps, stream_kbps: message.streamKbps };
    const peer = this.#entries.get(about.peer_id)?.peer;
    if (peer?.wantsEvents) peer.send({ StreamShare: share });
    this.#events.happened({ type: 'viewer.rung', ...about, ...share });
  }

  /** Sends the farewell; `sparing`: not to subscribers to events, who know the reason. */
  disconnect({ sparing }: { sparing: boolean }): void {
    for (const { peer } of this.#entries.values()) {
      if (!sparing || !peer.wantsEvents) sendAll(peer, peer.signals.disconnected());
    }
  }

  /** Sends subscribers to events the state of the streamer, which has changed, or whose viewers have. */
  announce(): void {
    const state = this.#events.state();
    for (const { peer } of this.#entries.values()) if (peer.wantsEvents) peer.send(state);
  }

  /** The streamer process has closed this viewer. */
  #onClosed(peerId: string, error: MoonshareError | null): void {
    const peer = this.#forget(peerId);
    const isLimit = error?.code === 'RATE_LIMITED';
    if (peer !== null) this.#close(peer, isLimit ? new LimitError(error.code, 'viewer-budget', error) : error);
    this.announce();
  }

  /** Resolves when all sockets are closed. */
  async closeAll(error: MoonshareError): Promise<void> {
    const peers = [...this.#entries.keys()].map((id) => this.#forget(id));
    await Promise.all(peers.map((peer) => peer && close(peer, error)));
  }

  /** Returns whether it was here. */
  #evict(peerId: string, error: MoonshareError): boolean {
    const peer = this.#take(peerId, { mayReturn: false });
    if (peer !== null) this.#close(peer, error);
    return peer !== null;
  }

  #close(peer: PeerSession, error: MoonshareError | null): void {
    background(close(peer, error), this.#options.log);
  }

  #take(peerId: string, { mayReturn }: { mayReturn: boolean }): PeerSession | null {
    const peer = this.#forget(peerId, { mayReturn });
    if (peer !== null) this.#worker?.deliver({ type: 'removePeer', peerId, mayReturn });
    return peer;
  }

  #forget(peerId: string, { mayReturn } = { mayReturn: false }): PeerSession | null {
    const entry = this.#entries.get(peerId);
    if (entry === undefined) return null;
    this.#entries.delete(peerId);
    this.#media.gone(peerId);
    this.#resumeTokens.gone(peerId, { mayReturn }, performance.now());
    this.#events.left(peerId, { mayReturn });
    clearTimeout(entry.timer);
    entry.leaveSeats();
    this.#accounts.close(entry.account, ownerKeys(entry.peer.owner), performance.now());
    const { streamerId: streamer_id } = this.#options;
    this.#events.happened({ type: 'viewer.left', streamer_id, peer_id: peerId, viewers: this.size }, entry.peer);
    return entry.peer;
  }
}

function sendAll(peer: PeerSession, messages: readonly ServerSignal[]): void {
  for (const message of messages) peer.send(message);
}

async function close(peer: PeerSession, error: MoonshareError | null): Promise<void> {
  sendAll(peer, peer.signals.closed(error));
  await peer.close(error);
}

function negotiatesTooOften(): LimitError {
  return new LimitError('RATE_LIMITED', 'viewer-budget', { message: 'The browser negotiates too often' });
}

function describe({ peer: { id, role, origin }, participant, connectedAt }: Entry): PeerInfo {
  return {
    peer_id: id,
    connected_at: connectedAt.toISOString(),
    role,
    user: origin.user,
    link_id: origin.linkId,
    name: participant.name,
    participant_id: participant.id,
  };
}

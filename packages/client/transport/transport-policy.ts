import { backoffMs, type TransportKind } from '@moonshare/contract/browser';
import { type Problem, problem } from '../problem.ts';
import type { UsableTransports } from './transport-choice.ts';

/** The WebSocket is tried beside WebRTC after this long without a connection, or without a picture. */
const CONNECTION_MS = 1500;
const PICTURE_MS = 2000;
/** An attempt beside another transport is given up after this long without a picture. */
const ATTEMPT_MS = 8000;
/** How long a stall is borne while another transport is tried: what is held is released some seconds after it began. */
const STALL_PATIENCE_MS = 2500;
/** How often WebRTC is tried again while the WebSocket carries. */
const WEBRTC_EVERY_MS = 5 * 60_000;
/** When the network changes it is tried sooner, but no sooner than this after the previous attempt; doubled with each failure. */
const RETRY_GAP_MS = { first: 10_000, largest: WEBRTC_EVERY_MS };
/** After a WebRTC connection that carried has failed, none is tried for this long; doubled each time. */
const LOSS_PAUSE_MS = { first: 20_000, largest: 60 * 60_000 };
/** Once a WebRTC connection has carried for this long, earlier failures are forgotten. */
const SOUND_MS = 10 * 60_000;
/** A WebSocket that failed is opened again after a moment, in which the peer socket may say why; if it carried only briefly, later. */
const REOPEN_MS = { settled: 1000, otherwise: 2000 };
const SETTLED_MS = 10_000;

export type TransportEvent =
  /** A new peer: its transports may be opened, and those of the previous one are over. */
  | { type: 'joined'; transports: UsableTransports; udpFailed: boolean }
  /** The peer socket is gone, and without it nothing can be opened. */
  | { type: 'left' }
  | { type: 'connected'; transport: TransportKind }
  /** It has decoded a picture. */
  | { type: 'picture'; transport: TransportKind }
  /** It is unusable, or was refused. */
  | { type: 'failed'; transport: TransportKind; why: Problem }
  /** The server answers and frames are sent, but nothing arrives: suspected, then certain. Repeated for as long as it lasts. */
  | { type: 'stalling' }
  | { type: 'stalled' }
  | { type: 'networkChanged' }
  /** Without a host there is no picture to wait for. */
  | { type: 'host'; streams: boolean };

export type TransportAction =
  | { type: 'open'; transport: TransportKind }
  | { type: 'close'; transport: TransportKind }
  /** Show its picture, and send input over it. */
  | { type: 'use'; transport: TransportKind }
  /** Whether UDP gets through here, for the next visit. */
  | { type: 'udp'; works: boolean }
  /** No transport is left to try: only a new peer helps. */
  | { type: 'lost'; why: Problem };

export type Succession = 'none' | 'possible' | 'underWay';

interface Attempt {
  since: number;
  isConnected: boolean;
}

type State =
  /** Before the peer has joined, and after it or its last transport is gone. */
  | { kind: 'idle' }
  /**
   * Nothing carries: the first picture decides. `why`: what failed before. `remains`: carried and failed, but is closed only once
   * another is connected, since a viewer whose last transport is closed has left.
   */
  | {
      kind: 'searching';
      attempts: Map<TransportKind, Attempt>;
      remains: TransportKind | null;
      webRtcFailed: boolean;
      why: Problem | null;
      /** When the WebSocket is opened again. */
      reopenAt: number;
    }
  /** `challenger`: the other transport, which takes over with its first picture. */
  | { kind: 'carried'; by: TransportKind; since: number; challenger: Attempt | null };

/**
 * Decides which transports are open, and which of them carries: WebRTC if it can, the WebSocket where it cannot. The one that carries
 * is closed only after the other has a picture. No sockets, timers or clock: times are monotonic ms.
 */
export class TransportPolicy {
  #state: State = { kind: 'idle' };
  #allowed: readonly TransportKind[] = [];
  /** The WebSocket was refused or brought no picture: it is not tried again for this peer, as a proxy may forward only the peer socket. */
  #isWebSocketSpent = false;
  /** Infinity: the host is away. */
  #hostSince = Number.NEGATIVE_INFINITY;
  #webRtcBegunAt = Number.NEGATIVE_INFINITY;
  /** When WebRTC is next tried beside the WebSocket. */
  #retryAt = Number.POSITIVE_INFINITY;
  /** Attempts without a picture since WebRTC last carried. */
  #failures = 0;
  /** How often WebRTC failed after it had carried, and until when it is not tried again. */
  #losses = 0;
  #webRtcNotBefore = Number.NEGATIVE_INFINITY;
  #actions: TransportAction[] = [];

  /** The transport whose picture is shown; null: none. */
  get carrier(): TransportKind | null {
    return this.#state.kind === 'carried' ? this.#state.by : null;
  }

  /** Whether another transport could take over from the one that carries, or is being tried because that one may have failed. */
  get succession(): Succession {
    const state = this.#state;
    if (state.kind === 'idle') return 'none';
    if (state.kind === 'searching') return 'underWay';
    if (state.by === 'websocket') return 'none';
    if (state.challenger !== null) return 'underWay';
    return this.#canOpenWebSocket ? 'possible' : 'none';
  }

  /** When the current transport took over; -Infinity: none carries. */
  get carriedSince(): number {
    return this.#state.kind === 'carried' ? this.#state.since : Number.NEGATIVE_INFINITY;
  }

  handle(event: TransportEvent, now: number): TransportAction[] {
    this.#dispatch(event, now);
    return this.#take();
  }

  /** Returns what is due by now. */
  advance(now: number): TransportAction[] {
    if (now < this.wakeAt) return [];
    if (this.#state.kind === 'searching') this.#searchOn(this.#state, now);
    else if (this.#state.kind === 'carried') this.#challengeOn(this.#state, now);
    return this.#take();
  }

  /** When to call `advance` next. */
  get wakeAt(): number {
    const state = this.#state;
    if (state.kind === 'idle') return Number.POSITIVE_INFINITY;
    if (state.kind === 'carried')
      return state.challenger === null ? this.#nextChallenge(state.by) : state.challenger.since + ATTEMPT_MS;
    const webRtc = state.attempts.get('webrtc');
    const webSocket = state.attempts.get('websocket');
    if (state.reopenAt < Number.POSITIVE_INFINITY) return state.reopenAt;
    if (webSocket === undefined)
      return webRtc !== undefined && this.#canOpenWebSocket
        ? helpedAt(this.#expectedSince(webRtc), webRtc)
        : Number.POSITIVE_INFINITY;
    // A connection that is the only one may wait for its picture for as long as it takes.
    if (webRtc === undefined && webSocket.isConnected) return Number.POSITIVE_INFINITY;
    return this.#expectedSince(webSocket) + ATTEMPT_MS;
  }

  get #canOpenWebSocket(): boolean {
    return this.#allowed.includes('websocket') && !this.#isWebSocketSpent;
  }

  #take(): TransportAction[] {
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  #dispatch(event: TransportEvent, now: number): void {
    switch (event.type) {
      case 'joined':
        this.#onJoined(event, now);
        return;
      case 'left':
        this.#onLeft();
        return;
      case 'connected':
        this.#onConnected(event.transport);
        return;
      case 'picture':
        this.#onPicture(event.transport, now);
        return;
      case 'failed':
        this.#onFailed(event.transport, event.why, now);
        return;
      case 'stalling':
        this.#onStalling(now);
        return;
      case 'stalled':
        this.#onStalled(now);
        return;
      case 'networkChanged':
        this.#retryAt = Math.min(this.#retryAt, Math.max(now, this.#webRtcBegunAt + this.#retryGapMs));
        return;
      case 'host':
        this.#onHost(event.streams, now);
        return;
    }
  }

  #onHost(streams: boolean, now: number): void {
    if (!streams) this.#hostSince = Number.POSITIVE_INFINITY;
    else if (this.#hostSince === Number.POSITIVE_INFINITY) this.#hostSince = now;
    this.#keepOneWhileHostIsAway();
  }

  #onJoined({ transports, udpFailed }: { transports: UsableTransports; udpFailed: boolean }, now: number): void {
    this.#allowed = transports;
    this.#isWebSocketSpent = false;
    const [best] = transports;
    const state = this.#search(null);
    this.#begin(state, best, now);
    if (best === 'webrtc' && udpFailed && this.#canOpenWebSocket) this.#begin(state, 'websocket', now);
  }

  #onLeft(): void {
    const state = this.#state;
    if (state.kind === 'carried' && state.challenger !== null) this.#do({ type: 'close', transport: other(state.by) });
    this.#state = { kind: 'idle' };
  }

  #onConnected(transport: TransportKind): void {
    const attempt = this.#attempt(transport);
    if (attempt !== null) attempt.isConnected = true;
    if (attempt !== null && this.#state.kind === 'searching') this.#closeRemains(this.#state);
    this.#keepOneWhileHostIsAway();
  }

  /** UDP gets through, so WebRTC first gets its chance to bring a picture. */
  #keepOneWhileHostIsAway(): void {
    const state = this.#state;
    if (state.kind !== 'searching' || this.#hostSince < Number.POSITIVE_INFINITY) return;
    if (state.attempts.get('webrtc')?.isConnected) this.#abandon(state, 'websocket');
  }

  #onPicture(transport: TransportKind, now: number): void {
    const state = this.#state;
    if (this.#attempt(transport) === null) return;
    this.#do({ type: 'use', transport });
    if (state.kind === 'searching') {
      if (transport === 'websocket') this.#judgeUdp(state, now);
      state.attempts.delete(transport);
      for (const loser of [...state.attempts.keys()]) this.#abandon(state, loser);
      this.#closeRemains(state);
    } else if (state.kind === 'carried') {
      this.#do({ type: 'close', transport: state.by });
      if (transport === 'websocket') {
        this.#onWebRtcLost(state.since, now);
        this.#do({ type: 'udp', works: false });
      }
    }
    if (transport === 'webrtc') {
      this.#failures = 0;
      this.#do({ type: 'udp', works: true });
    }
    this.#retryAt = now + WEBRTC_EVERY_MS;
    this.#state = { kind: 'carried', by: transport, since: now, challenger: null };
  }

  /** The WebSocket was first. Whether that says anything about UDP depends on how long WebRTC had. */
  #judgeUdp(state: State & { kind: 'searching' }, now: number): void {
    const attempt = state.attempts.get('webrtc');
    const isLate = attempt !== undefined && now >= helpedAt(this.#expectedSince(attempt), attempt);
    if (isLate) this.#failures += 1;
    if (isLate || state.webRtcFailed) this.#do({ type: 'udp', works: false });
  }

  #onWebRtcLost(since: number, now: number): void {
    this.#losses = now - since >= SOUND_MS ? 1 : this.#losses + 1;
    this.#webRtcNotBefore = now + backoffMs(this.#losses, LOSS_PAUSE_MS.first, LOSS_PAUSE_MS.largest);
  }

  #onFailed(transport: TransportKind, why: Problem, now: number): void {
    const state = this.#state;
    if (state.kind === 'searching') {
      if (!state.attempts.has(transport)) return;
      this.#abandon(state, transport);
      if (transport === 'websocket') this.#isWebSocketSpent = true;
      else this.#onWebRtcFailed(state);
      // What kept WebRTC from working says more than the refusal of its substitute.
      if (transport === 'webrtc' || state.why === null) state.why = why;
      if (transport === 'webrtc' && this.#canOpenWebSocket && !state.attempts.has('websocket'))
        this.#begin(state, 'websocket', now);
      if (state.attempts.size === 0 && state.reopenAt === Number.POSITIVE_INFINITY) this.#lose(state.why);
    } else if (state.kind === 'carried') {
      if (transport === state.by) this.#onCarrierFailed(state, why, now);
      else if (state.challenger !== null) this.#endChallenge(state, now);
    }
  }

  #onWebRtcFailed(state: State & { kind: 'searching' }): void {
    state.webRtcFailed = true;
    this.#failures += 1;
  }

  #onCarrierFailed({ by, since, challenger }: State & { kind: 'carried' }, why: Problem, now: number): void {
    const state = this.#search(why);
    if (challenger !== null) state.attempts.set(other(by), challenger);
    if (by === 'webrtc') {
      this.#onWebRtcLost(since, now);
      state.webRtcFailed = true;
      state.remains = 'webrtc';
      if (challenger?.isConnected) this.#closeRemains(state);
      if (challenger === null && this.#canOpenWebSocket) this.#begin(state, 'websocket', now);
    } else {
      this.#do({ type: 'close', transport: 'websocket' });
      state.reopenAt = now + (now - since >= SETTLED_MS ? REOPEN_MS.settled : REOPEN_MS.otherwise);
      if (challenger === null && this.#allowed.includes('webrtc') && now >= this.#webRtcNotBefore)
        this.#begin(state, 'webrtc', now);
    }
    if (state.attempts.size === 0 && state.reopenAt === Number.POSITIVE_INFINITY) this.#lose(why);
  }

  /** Opens the other transport beside it. False: there is none. */
  #onStalling(now: number): boolean {
    const state = this.#state;
    if (state.kind === 'idle') return true;
    const isOtherOnItsWay =
      state.kind === 'carried'
        ? state.challenger !== null
        : state.attempts.size > 1 || state.reopenAt < Number.POSITIVE_INFINITY;
    if (isOtherOnItsWay) return true;
    const isWebRtc = state.kind === 'carried' ? state.by === 'webrtc' : state.attempts.has('webrtc');
    if (!isWebRtc || !this.#canOpenWebSocket) return false;
    if (state.kind === 'carried') state.challenger = this.#open('websocket', now);
    else this.#begin(state, 'websocket', now);
    return true;
  }

  #onStalled(now: number): void {
    const hasOther = this.#onStalling(now);
    const state = this.#state;
    const challenger = state.kind === 'carried' ? state.challenger : null;
    const tookTooLong = challenger !== null && now - challenger.since >= STALL_PATIENCE_MS;
    if (!hasOther || tookTooLong) this.#lose(problem('CONNECTION_STALLED'));
  }

  #searchOn(state: State & { kind: 'searching' }, now: number): void {
    if (!state.attempts.has('websocket')) {
      this.#begin(state, 'websocket', now);
      return;
    }
    this.#abandon(state, 'websocket');
    this.#isWebSocketSpent = true;
    if (state.attempts.size === 0) this.#lose(state.why ?? problem('MEDIA_LOST'));
  }

  #challengeOn(state: State & { kind: 'carried' }, now: number): void {
    if (state.challenger !== null) this.#endChallenge(state, now);
    else state.challenger = this.#open('webrtc', now);
  }

  #endChallenge(state: State & { kind: 'carried' }, now: number): void {
    state.challenger = null;
    this.#do({ type: 'close', transport: other(state.by) });
    if (state.by === 'webrtc') {
      this.#isWebSocketSpent = true;
      return;
    }
    this.#failures += 1;
    this.#retryAt = now + WEBRTC_EVERY_MS;
    this.#do({ type: 'udp', works: false });
  }

  #nextChallenge(by: TransportKind): number {
    if (by === 'webrtc' || !this.#allowed.includes('webrtc')) return Number.POSITIVE_INFINITY;
    return Math.max(this.#retryAt, this.#webRtcNotBefore, this.#hostSince);
  }

  get #retryGapMs(): number {
    return backoffMs(Math.max(1, this.#failures), RETRY_GAP_MS.first, RETRY_GAP_MS.largest);
  }

  /** Since when this attempt could have brought a picture. */
  #expectedSince(attempt: Attempt): number {
    return attempt.isConnected ? Math.max(attempt.since, this.#hostSince) : attempt.since;
  }

  #attempt(transport: TransportKind): Attempt | null {
    const state = this.#state;
    if (state.kind === 'searching') return state.attempts.get(transport) ?? null;
    return state.kind === 'carried' && transport !== state.by ? state.challenger : null;
  }

  #search(why: Problem | null): State & { kind: 'searching' } {
    const state: State = {
      kind: 'searching',
      attempts: new Map(),
      remains: null,
      webRtcFailed: false,
      why,
      reopenAt: Number.POSITIVE_INFINITY,
    };
    this.#state = state;
    return state;
  }

  #begin(state: State & { kind: 'searching' }, transport: TransportKind, now: number): void {
    if (transport === 'websocket') state.reopenAt = Number.POSITIVE_INFINITY;
    state.attempts.set(transport, this.#open(transport, now));
  }

  #open(transport: TransportKind, now: number): Attempt {
    if (transport === 'webrtc') this.#webRtcBegunAt = now;
    this.#do({ type: 'open', transport });
    return { since: now, isConnected: false };
  }

  #abandon(state: State & { kind: 'searching' }, transport: TransportKind): void {
    if (state.attempts.delete(transport)) this.#do({ type: 'close', transport });
  }

  #closeRemains(state: State & { kind: 'searching' }): void {
    if (state.remains !== null) this.#do({ type: 'close', transport: state.remains });
    state.remains = null;
  }

  #lose(why: Problem): void {
    const state = this.#state;
    if (state.kind === 'searching') this.#closeRemains(state);
    this.#onLeft();
    this.#do({ type: 'lost', why });
  }

  #do(action: TransportAction): void {
    this.#actions.push(action);
  }
}

/** When the WebSocket is tried beside an attempt that could have brought a picture since then. */
function helpedAt(since: number, { isConnected }: Attempt): number {
  return since + (isConnected ? PICTURE_MS : CONNECTION_MS);
}

function other(transport: TransportKind): TransportKind {
  return transport === 'webrtc' ? 'websocket' : 'webrtc';
}

import type { Chunk, InitChunk } from './chunk.ts';
import {
  cookieParameter,
  OUR_PARAMETERS,
  openCookie,
  readPeer,
  type SctpPeer,
  sealCookie,
  unrecognizedParameter,
} from './peer.ts';
import { Retry } from './retry.ts';
import type { RetransmissionTimeout } from './rto.ts';
import type { Tlv } from './tlv.ts';

type State =
  /** Nothing sent. A peer may connect. */
  | { type: 'listening' }
  /** INIT sent. */
  | { type: 'initSent'; retry: Retry }
  /** COOKIE ECHO sent. */
  | { type: 'cookieSent'; retry: Retry; peer: SctpPeer; cookie: Buffer };

const STALE_COOKIE = 3;
/** A cookie has to come back in one packet. */
const MAX_COOKIE_BYTES = 1024;

/** The four packets that make an association, RFC 9260 §5, from either side or from both at once. */
export class Handshake {
  readonly #own: Omit<InitChunk, 'type' | 'parameters'>;
  readonly #secret: Uint8Array;
  readonly #timeout: RetransmissionTimeout;
  readonly #send: (chunk: Chunk, tag: number) => void;
  #state: State = { type: 'listening' };

  constructor(options: {
    own: Omit<InitChunk, 'type' | 'parameters'>;
    /** Authenticates cookies. */
    secret: Uint8Array;
    timeout: RetransmissionTimeout;
    /** Sends one chunk as a packet with this tag. */
    send(chunk: Chunk, tag: number): void;
  }) {
    this.#own = options.own;
    this.#secret = options.secret;
    this.#timeout = options.timeout;
    this.#send = options.send;
  }

  /** Who the peer says it is, if it has answered our INIT. */
  get peer(): SctpPeer | null {
    return this.#state.type === 'cookieSent' ? this.#state.peer : null;
  }

  get wakeAt(): number {
    return this.#state.type === 'listening' ? Number.POSITIVE_INFINITY : this.#state.retry.dueAt;
  }

  start(now: number): void {
    if (this.#state.type === 'listening') this.#begin(new Retry(this.#timeout), now);
  }

  /** False if the peer does not answer. */
  advance(now: number): boolean {
    const state = this.#state;
    if (now < this.wakeAt || state.type === 'listening') return true;
    return state.type === 'initSent' ? this.#begin(state.retry, now) : this.#echo(state, now);
  }

  /** Answers an INIT, and keeps nothing of it. False if no association can be made with such a peer. */
  takeInit(chunk: InitChunk, now: number): boolean {
    const read = readPeer(chunk);
    if (read === null) return false;
    // With the tag and the TSN of an INIT of ours that may be under way at the same time, as RFC 9260 §5.2.1 has it.
    const cookie = cookieParameter(sealCookie(this.#secret, read.peer, now));
    const parameters = [cookie, ...read.unrecognized.map(unrecognizedParameter)];
    this.#send(this.#init('initAck', parameters), read.peer.tag);
    return true;
  }

  /** False if it is dropped. */
  takeInitAck(chunk: InitChunk, now: number): boolean {
    if (this.#state.type !== 'initSent') return true;
    const read = readPeer(chunk);
    if (read?.cookie == null || read.cookie.length > MAX_COOKIE_BYTES) return false;
    // Views of the packet are not kept.
    const cookie = Buffer.from(read.cookie);
    return this.#echo({ type: 'cookieSent', peer: read.peer, cookie, retry: new Retry(this.#timeout) }, now);
  }

  /** A cookie that comes back: who the peer is, or why it is not let in. */
  takeCookie(bytes: Buffer, now: number): SctpPeer | 'forged' | 'stale' {
    const cookie = openCookie(this.#secret, bytes, now);
    if (cookie === null) return 'forged';
    if (cookie.staleMs === 0) return cookie.peer;
    const value = Buffer.alloc(4);
    value.writeUInt32BE(Math.min(0xffff_ffff, Math.ceil(cookie.staleMs * 1000)));
    this.#send({ type: 'error', causes: [{ type: STALE_COOKIE, value }] }, cookie.peer.tag);
    return 'stale';
  }

  /** Whether the cookie was made for this peer, however long ago. */
  isCookieOf(peer: SctpPeer, bytes: Buffer, now: number): boolean {
    return openCookie(this.#secret, bytes, now)?.peer.tag === peer.tag;
  }

  /** The peer found our cookie too old: begins again. False if it did so too often. */
  takeError(causes: readonly Tlv[], now: number): boolean {
    const isStale = causes.some(({ type }) => type === STALE_COOKIE);
    return this.#state.type !== 'cookieSent' || !isStale || this.#begin(this.#state.retry, now);
  }

  #begin(retry: Retry, now: number): boolean {
    if (!retry.try(now)) return false;
    this.#state = { type: 'initSent', retry };
    this.#send(this.#init('init', []), 0);
    return true;
  }

  #echo(state: State & { type: 'cookieSent' }, now: number): boolean {
    if (!state.retry.try(now)) return false;
    this.#state = state;
    this.#send({ type: 'cookieEcho', cookie: state.cookie }, state.peer.tag);
    return true;
  }

  #init(type: 'init' | 'initAck', parameters: readonly Tlv[]): InitChunk {
    return { type, ...this.#own, parameters: [...parameters, ...OUR_PARAMETERS] };
  }
}

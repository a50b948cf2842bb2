import {
  Budget,
  background,
  MAX_SIGNAL_BYTES,
  type MoonshareError,
  type Role,
  type ServerSignal,
} from '@moonshare/contract';
import type { Logger } from 'pino';
import { WebSocket } from 'ws';
import { LimitError } from '../auth/limit-error.ts';
import { type Owner, ownerOf } from '../auth/owner.ts';
import type { Rank } from '../limits/seats.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { PeerOrigin, PeerSession } from '../streamers/peer-session.ts';
import { PEER_SIGNALS, type PeerSignals } from '../streamers/peer-signals.ts';

/** A dead socket is noticed after two of these at the latest (protocol/4 §7.11). */
const PING_MS = 4_000;
const LATE_PING_MS = PING_MS + 1_000;
/** The server does not wait for a browser that does not read. */
const MAX_BUFFERED_BYTES = 4 * MAX_SIGNAL_BYTES;
const CLOSE_LIMIT_MS = 1_000;
/** The close code of a connection that broke off, RFC 6455 §7.1.5. */
const ABNORMAL = 1006;
/** An offer with all its candidates is some 50 messages. */
const RATE = { burst: 400, perSecond: 50 };
const BYTES_PER_COST = 4_096;

interface PeerSocketEvents {
  /** A text frame within the limits. */
  text(text: string): void;
  /** A binary frame, which has no meaning. */
  binary?(): void;
  /** The last call of all. `abruptly`: the connection broke off; neither side closed it, nor did we give it up. */
  closed(abruptly: boolean): void;
}

/** One browser's WebSocket: bounded both ways, and watched. Binary frames and pings do not end it. */
export class PeerSocket implements PeerSession {
  readonly id: string;
  readonly wantsEvents: boolean;
  readonly #from: string;
  readonly knowsControl: boolean;
  role: Role = 'watch';
  grantedRole: Role = 'watch';
  names: PeerSession['names'] = { given: null, said: null };
  manages = false;
  rank: Rank = 'watch';
  origin: PeerOrigin = { user: null, linkId: null };
  grants: readonly string[] = [];
  signals: PeerSignals = PEER_SIGNALS;
  readonly #socket: WebSocket;
  readonly #security: SecurityLog;
  readonly #log: Logger;
  readonly #closed = Promise.withResolvers<void>();
  readonly #budget = new Budget(RATE, performance.now());
  readonly #pingTimer: NodeJS.Timeout;
  #heard = true;
  /** What arrived while the socket is held. */
  #held: (() => void)[] | null = null;
  #holdTimer: NodeJS.Timeout | undefined;
  #isGivenUp = false;
  #closing: Promise<void> | null = null;
  #pingedAt = performance.now();

  /** `from`: the address of the browser. */
  constructor(
    socket: WebSocket,
    options: {
      id: string;
      from: string;
      wantsEvents: boolean;
      knowsControl?: boolean;
      security: SecurityLog;
      log: Logger;
    },
    events: PeerSocketEvents,
  ) {
    this.id = options.id;
    this.#from = options.from;
    this.wantsEvents = options.wantsEvents;
    this.knowsControl = options.wantsEvents && options.knowsControl === true;
    this.#security = options.security;
    this.#log = options.log;
    this.#socket = socket;
    this.#pingTimer = setInterval(() => this.#ping(), PING_MS);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#heard = true;
      if (this.#spend(1 + data.length / BYTES_PER_COST))
        this.#deliver(() => (isBinary ? events.binary?.() : events.text(data.toString())));
    });
    socket.on('ping', () => this.#spend(1));
    socket.on('pong', () => {
      this.#heard = true;
      this.#spend(1);
    });
    socket.on('error', (error) => this.#log.debug({ err: error }, 'peer socket error'));
    socket.once('close', (code) => {
      clearInterval(this.#pingTimer);
      clearTimeout(this.#holdTimer);
      this.#closed.resolve();
      events.closed(code === ABNORMAL && this.#closing === null && !this.#isGivenUp);
    });
  }

  get owner(): Owner {
    return ownerOf(this.#from, this.origin.linkId);
  }

  send(message: ServerSignal): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify(message));
    if (this.#socket.bufferedAmount <= MAX_BUFFERED_BYTES) return;
    this.#log.warn('closing a peer that does not read its socket');
    this.#isGivenUp = true;
    this.#socket.terminate();
  }

  /** Reads nothing for this long, then calls `then` and handles what arrived meanwhile, as far as the budget allows. */
  hold(ms: number, then: () => void): void {
    if (ms === 0) return void then();
    this.#held = [];
    this.#socket.pause();
    this.#holdTimer = setTimeout(() => {
      const held = this.#held ?? [];
      this.#held = null;
      this.#socket.resume();
      if (this.#closing === null) then();
      for (const deliver of held) this.#deliver(deliver);
    }, ms);
  }

  /** Whether it was within what one socket may send, control frames included; beyond that, nothing more is read from it. */
  #spend(cost: number): boolean {
    if (this.#closing !== null) return false;
    if (this.#budget.spend(cost, performance.now()) === 'within') return true;
    background(this.close(new LimitError('RATE_LIMITED', 'socket-messages')), this.#log);
    this.#socket.pause();
    return false;
  }

  #deliver(message: () => void): void {
    if (this.#held !== null) this.#held.push(message);
    else if (this.#closing === null) message();
  }

  /** The first reason counts. */
  close(error: MoonshareError | null): Promise<void> {
    this.#closing ??= this.#close(error);
    return this.#closing;
  }

  async #close(error: MoonshareError | null): Promise<void> {
    this.#security.refused(this.#from, error);
    if (error !== null && this.wantsEvents) this.send({ PeerClosed: { error: error.toBody() } });
    const { code, reason } = closeCode(error);
    this.#socket.close(code, reason);
    const timer = setTimeout(() => this.#socket.terminate(), CLOSE_LIMIT_MS);
    await this.#closed.promise;
    clearTimeout(timer);
  }

  #ping(): void {
    const now = performance.now();
    // If the server itself was held up, pongs may not have been read yet.
    const late = now - this.#pingedAt > LATE_PING_MS;
    this.#pingedAt = now;
    if (!this.#heard && !late) {
      this.#log.info('peer socket went silent');
      this.#isGivenUp = true;
      this.#socket.terminate();
      return;
    }
    this.#heard = false;
    this.#socket.ping();
  }
}

/** WebSocket close codes: 1000 if nothing went wrong, otherwise 4000 plus the HTTP status; the reason is the error code. */
function closeCode(error: MoonshareError | null): { code: number; reason: string } {
  return error === null ? { code: 1000, reason: '' } : { code: 4000 + error.status, reason: error.code };
}

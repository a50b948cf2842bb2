import { randomUUID } from 'node:crypto';
import { MoonshareError, parseClientSignal, type Role } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Credentials } from '../auth/index.ts';
import type { Streamer, StreamerRegistry } from '../streamers/index.ts';
import { PeerSocket } from './peer-socket.ts';

/** Sockets that have not said their credentials yet, all together, and how long each may take. */
const MAX_STRANGERS = 64;
const STRANGER_LIMIT_MS = 5_000;

/** Lets browsers in to streamers (protocol/4 §4): at once, or after an AuthenticateAndInit with the right credentials. */
export class PeerDoor {
  readonly #streamers: StreamerRegistry;
  readonly #credentials: Credentials;
  readonly #log: Logger;
  #strangers = 0;

  constructor(streamers: StreamerRegistry, credentials: Credentials, log: Logger) {
    this.#streamers = streamers;
    this.#credentials = credentials;
    this.#log = log;
  }

  /** `role` null: a stranger, who has to say the credentials first. */
  enter(socket: WebSocket, o: { streamerId: string; role: Role | null; wantsEvents: boolean }): void {
    const id = randomUUID();
    const log = this.#log.child({ streamer: o.streamerId, peer: id });
    let streamer: Streamer | null = null;
    const peer = new PeerSocket(
      socket,
      { id, wantsEvents: o.wantsEvents, log },
      {
        text: (text) => (streamer === null ? hear(text) : this.#receive(streamer, id, text)),
        closed: () => {
          forget?.();
          streamer?.leave(id);
          log.info('peer left');
        },
      },
    );
    const join = (role: Role) => {
      try {
        peer.role = role;
        const joined = this.#streamers.get(o.streamerId);
        joined.join(peer);
        streamer = joined;
        log.info({ role }, 'peer joined');
      } catch (error) {
        void peer.close(MoonshareError.from(error));
      }
    };
    const hear = (text: string) => {
      forget?.();
      if (this.#holdsCredentials(text)) join('full');
      else void peer.close(new MoonshareError('UNAUTHORIZED'));
    };
    const forget = o.role === null ? this.#countStranger(peer) : null;
    if (o.role !== null) join(o.role);
  }

  #receive(streamer: Streamer, peerId: string, text: string): void {
    const signal = parseClientSignal(text);
    if (signal !== null && 'Signaling' in signal) streamer.receive(peerId, signal.Signaling);
  }

  #holdsCredentials(text: string): boolean {
    const signal = parseClientSignal(text);
    if (signal === null || !('AuthenticateAndInit' in signal)) return false;
    return this.#credentials.match(signal.AuthenticateAndInit.credentials ?? '');
  }

  /** The returned function, called any number of times, says that this one is a stranger no more. */
  #countStranger(peer: PeerSocket): () => void {
    this.#strangers++;
    const timer = setTimeout(() => void peer.close(new MoonshareError('UNAUTHORIZED')), STRANGER_LIMIT_MS);
    let counted = true;
    if (this.#strangers > MAX_STRANGERS) void peer.close(new MoonshareError('RATE_LIMITED'));
    return () => {
      if (counted) this.#strangers--;
      counted = false;
      clearTimeout(timer);
    };
  }
}

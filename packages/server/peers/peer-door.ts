import { randomUUID } from 'node:crypto';
import { MoonshareError, parseClientSignal, type Role } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Accounts } from '../accounts/index.ts';
import { addressKey } from '../auth/index.ts';
import type { Streamer, StreamerRegistry } from '../streamers/index.ts';
import { PeerSocket } from './peer-socket.ts';
import type { Strangers } from './strangers.ts';

/** Whether these are the shared credentials; `from` is whom limits count it to. Throws RATE_LIMITED. */
export type Authenticate = (secret: string, from: string) => boolean;

/** Lets browsers in to streamers (protocol/4 §4): at once, or after an AuthenticateAndInit with the right credentials. */
export class PeerDoor {
  readonly #streamers: StreamerRegistry;
  readonly #authenticate: Authenticate;
  readonly #accounts: Accounts;
  readonly #strangers: Strangers;
  readonly #log: Logger;

  constructor(o: {
    streamers: StreamerRegistry;
    authenticate: Authenticate;
    accounts: Accounts;
    strangers: Strangers;
    log: Logger;
  }) {
    this.#streamers = o.streamers;
    this.#authenticate = o.authenticate;
    this.#accounts = o.accounts;
    this.#strangers = o.strangers;
    this.#log = o.log;
  }

  /** `admitted` null: a stranger, who has to say the credentials first. */
  enter(
    socket: WebSocket,
    o: {
      streamerId: string;
      admitted: { role: Role; grants: string[] } | null;
      /** The address that it comes from. */
      from: string;
      wantsEvents: boolean;
    },
  ): void {
    const id = randomUUID();
    const log = this.#log.child({ streamer: o.streamerId, peer: id });
    let streamer: Streamer | null = null;
    const peer = new PeerSocket(
      socket,
      { id, from: o.from, wantsEvents: o.wantsEvents, log },
      {
        text: (text) => (streamer === null ? hear(text) : this.#receive(streamer, id, text)),
        closed: () => {
          forget?.();
          release?.();
          streamer?.leave(id);
          log.info('peer left');
        },
      },
    );
    const join = ({ role, grants }: { role: Role; grants: string[] }) => {
      try {
        peer.role = role;
        peer.origin = this.#accounts.origin(grants);
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
      try {
        this.#checkCredentials(text, addressKey(o.from));
        join({ role: 'full', grants: [] });
      } catch (error) {
        void peer.close(MoonshareError.from(error));
      }
    };
    // Picture and input end now, whenever the browser closes its socket.
    const end = (error: MoonshareError) => {
      streamer?.leave(id);
      void peer.close(error);
    };
    const { admitted } = o;
    const forget = admitted === null ? this.#strangers.add(peer) : null;
    const release = admitted === null ? null : this.#hold(admitted.grants, end);
    if (admitted === null) return;
    if (this.#accounts.hold(admitted.grants)) join(admitted);
    else end(new MoonshareError('ACCESS_REVOKED'));
  }

  /** Ends it with its grants. A seat has one socket: a browser that comes back leaves no ghost. */
  #hold(grants: string[], end: (error: MoonshareError) => void): () => void {
    const { live } = this.#accounts;
    for (const grant of grants) if (isSeat(grant)) live.revoke(grant);
    return live.add(grants, (grant) => end(new MoonshareError(isSeat(grant) ? 'PEER_REMOVED' : 'ACCESS_REVOKED')));
  }

  #receive(streamer: Streamer, peerId: string, text: string): void {
    const signal = parseClientSignal(text);
    if (signal !== null && 'Signaling' in signal) streamer.receive(peerId, signal.Signaling);
  }

  /** Throws UNAUTHORIZED, RATE_LIMITED. */
  #checkCredentials(text: string, from: string): void {
    const signal = parseClientSignal(text);
    const init = signal !== null && 'AuthenticateAndInit' in signal ? signal.AuthenticateAndInit : null;
    if (init !== null && this.#authenticate(init.credentials ?? '', from)) return;
    throw new MoonshareError('UNAUTHORIZED');
  }
}

function isSeat(grant: string): boolean {
  return grant.startsWith('seat:');
}

import { randomUUID } from 'node:crypto';
import { background, MoonshareError, parseClientSignal, type Role } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import type { Accounts } from '../accounts/accounts.ts';
import type { RequestSource } from '../auth/rate-limited-credentials.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import type { Streamer } from '../streamers/streamer.ts';
import { PeerSocket } from './peer-socket.ts';
import type { PendingConnections } from './pending-connections.ts';
import type { SocketLogin } from './socket-login.ts';

/** What a browser may do, what admitted it, and the name that this gives it. */
interface AdmittedPeer {
  role: Role;
  grants: string[];
  name: string | null;
}

interface PeerConnectionHandlerOptions {
  streamers: StreamerRegistry;
  login: SocketLogin;
  accounts: Accounts;
  pendingConnections: PendingConnections;
  security: SecurityLog;
  log: Logger;
}

/** Admits browsers to streamers (protocol/4 §4): at once, or after an AuthenticateAndInit with the right credentials. */
export class PeerConnectionHandler {
  readonly #options: PeerConnectionHandlerOptions;

  constructor(options: PeerConnectionHandlerOptions) {
    this.#options = options;
  }

  /** `admitted` null: a stranger, who has to send the credentials first. */
  enter(
    socket: WebSocket,
    options: {
      streamerId: string;
      admitted: AdmittedPeer | null;
      from: RequestSource;
      wantsEvents: boolean;
      knowsControl: boolean;
      /** What the person wants to be called. */
      said: string | null;
      /** The ResumeToken of its previous socket. */
      resume: string | null;
    },
  ): void {
    const id = randomUUID();
    const log = this.#options.log.child({ streamer: options.streamerId, peer: id });
    let streamer: Streamer | null = null;
    const peer = new PeerSocket(
      socket,
      {
        id,
        from: options.from.address,
        wantsEvents: options.wantsEvents,
        knowsControl: options.knowsControl,
        security: this.#options.security,
        log,
      },
      {
        text: (text) => (streamer === null ? hear(text) : this.#receive(streamer, id, text)),
        closed: (abruptly) => {
          forget?.();
          release?.();
          streamer?.peers.remove(id, { mayReturn: abruptly });
          log.info('peer left');
        },
      },
    );
    let succeeds: string | null = null;
    // Before this socket replaces its previous one, which would give up what that one holds.
    const claim = ({ role, grants, name }: AdmittedPeer) => {
      peer.role = role;
      peer.grantedRole = role;
      peer.names = { given: name, said: options.said };
      peer.manages = this.#options.accounts.manages(grants, options.streamerId);
      peer.rank = this.#options.accounts.rank(role, grants);
      peer.origin = this.#options.accounts.origin(grants);
      peer.grants = grants;
      if (options.resume === null) return;
      const before = this.#options.streamers.find(options.streamerId)?.peers.claim(options.resume, peer) ?? null;
      if (before === null) return;
      succeeds = before.id;
      // It may have been changed since it was admitted.
      peer.role = before.role;
    };
    const join = () => {
      try {
        const joined = this.#options.streamers.get(options.streamerId);
        joined.join(peer, succeeds);
        streamer = joined;
        log.info({ role: peer.role }, 'peer joined');
      } catch (error) {
        background(peer.close(MoonshareError.from(error)), log);
      }
    };
    const hear = (text: string) =>
      this.#options.login.check(peer, text, options.from, (error) => {
        forget?.();
        if (error !== null) return background(peer.close(error), log);
        claim({ role: 'full', grants: [], name: null });
        join();
      });
    // Picture and input end now, whenever the browser closes its socket.
    const end = (error: MoonshareError) => {
      streamer?.peers.remove(id);
      background(peer.close(error), log);
    };
    const { admitted } = options;
    const forget = admitted === null ? this.#options.pendingConnections.add(peer, options.from.address) : null;
    const isAllowed = admitted !== null && this.#options.accounts.hold(admitted.grants);
    if (isAllowed) claim(admitted);
    const release = admitted === null ? null : this.#hold(admitted.grants, end);
    if (admitted === null) return;
    if (isAllowed) join();
    else end(new MoonshareError('ACCESS_REVOKED'));
  }

  /** Ends it with its grants. A seat has one socket, so a browser that comes back leaves no ghost. */
  #hold(grants: string[], end: (error: MoonshareError) => void): () => void {
    const { live } = this.#options.accounts;
    for (const grant of grants) if (isSeat(grant)) live.revoke(grant);
    return live.add(grants, (grant) => end(new MoonshareError(isSeat(grant) ? 'PEER_REMOVED' : 'ACCESS_REVOKED')));
  }

  #receive(streamer: Streamer, peerId: string, text: string): void {
    const signal = parseClientSignal(text);
    if (signal === null) return;
    if ('Signaling' in signal) streamer.peers.receive(peerId, signal.Signaling);
    else if ('StillThere' in signal) streamer.peers.ping(peerId);
    else if ('GetMediaTicket' in signal) streamer.peers.giveMediaTicket(peerId);
    else if ('RestartWebRtc' in signal) streamer.peers.passOn({ type: 'restartWebRtc', peerId });
    else if ('UseTransport' in signal) streamer.peers.passOn({ type: 'useTransport', peerId, ...signal.UseTransport });
    else if ('ControlAction' in signal) {
      const { action, to } = signal.ControlAction;
      if (streamer.peers.mayTell(peerId, 'control')) streamer.participants.actOfPeer(peerId, action, to ?? undefined);
    } else if ('SetName' in signal) {
      if (streamer.peers.mayTell(peerId, 'name')) streamer.participants.rename(peerId, signal.SetName.name);
    }
  }
}

function isSeat(grant: string): boolean {
  return grant.startsWith('seat:');
}

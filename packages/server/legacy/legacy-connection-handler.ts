import { randomUUID } from 'node:crypto';
import {
  background,
  type LegacyInit,
  type LegacySessionInfo,
  MoonshareError,
  parseClientSignal,
  parseLegacyInit,
} from '@moonshare/contract';
import type { WebSocket } from 'ws';
import type { RequestSource } from '../auth/rate-limited-credentials.ts';
import { PeerSocket } from '../peers/peer-socket.ts';
import type { PendingConnections } from '../peers/pending-connections.ts';
import type { SocketLogin } from '../peers/socket-login.ts';
import type { SecurityLog } from '../security/security-log.ts';
import type { Streamer } from '../streamers/streamer.ts';
import type { LegacySession, LegacySessionServices, Visit } from './legacy-session.ts';
import { LegacySessions } from './legacy-sessions.ts';
import { errorSignal, LegacySignals } from './legacy-signals.ts';

export interface LegacyConnectionHandlerOptions extends LegacySessionServices {
  login: SocketLogin;
  pendingConnections: PendingConnections;
  security: SecurityLog;
}

/** The WebSocket `/api/host/stream` of protocol/4 §3: one socket that authenticates, starts a session and watches it. */
export class LegacyConnectionHandler {
  readonly #options: LegacyConnectionHandlerOptions;
  readonly #sessions: LegacySessions;

  constructor(options: LegacyConnectionHandlerOptions) {
    this.#options = options;
    this.#sessions = new LegacySessions(options);
  }

  /** `trusted`: the upgrade itself brought the credentials. */
  enter(socket: WebSocket, { trusted, from }: { trusted: boolean; from: RequestSource }): void {
    const id = randomUUID();
    const log = this.#options.log.child({ peer: id });
    const visit: { in: { session: LegacySession; visit: Visit } | null; streamer: Streamer | null; gone: boolean } = {
      in: null,
      streamer: null,
      gone: false,
    };
    const peer = new PeerSocket(
      socket,
      { id, from: from.address, wantsEvents: false, security: this.#options.security, log },
      {
        text: (text) => (visit.in === null ? logIn(text) : receive(text)),
        // Like any other first message that is not AuthenticateAndInit.
        binary: () => {
          if (visit.in === null) logIn('');
        },
        closed: () => {
          forget();
          visit.gone = true;
          visit.streamer?.peers.remove(id);
          visit.in?.session.leave(visit.in.visit);
          log.info({ streamer: visit.in?.session.streamerId }, 'legacy peer left');
        },
      },
    );
    const forget = this.#options.pendingConnections.add(peer, from.address);
    const logIn = (text: string) =>
      this.#options.login.check(peer, text, trusted ? null : from, (error) => {
        forget();
        if (error === null) enter(text);
        else background(peer.close(error), log);
      });
    const enter = (text: string) => {
      const init = parseLegacyInit(text);
      if (init === null) return refuse(new MoonshareError('BAD_REQUEST'));
      try {
        visit.in = this.#sessions.enter(init);
      } catch (error) {
        return refuse(MoonshareError.from(error));
      }
      const { session } = visit.in;
      log.info({ streamer: session.streamerId, mode: init.mode ?? 'create' }, 'legacy peer joined');
      const done = init.mode === 'keepalive' ? this.#hold(session, init, peer) : join(session);
      done.catch((error) => refuse(MoonshareError.from(error)));
    };
    const receive = (text: string) => {
      const signal = parseClientSignal(text);
      if (signal !== null && 'Signaling' in signal) visit.streamer?.peers.receive(id, signal.Signaling);
    };
    const join = async (session: LegacySession) => {
      const streamer = await session.ready;
      if (visit.gone) return;
      visit.streamer = streamer;
      // It has presented the credentials.
      const names = { given: 'Legacy viewer', said: null };
      Object.assign(peer, { role: 'full', grantedRole: 'full', rank: 'admin', names, signals: new LegacySignals() });
      streamer.join(peer);
    };
    const refuse = (error: MoonshareError) => {
      if (error.code === 'INTERNAL') log.error({ err: error }, 'legacy session failed');
      peer.send(errorSignal(error));
      background(peer.close(error), log);
    };
  }

  /** `GET /api/sessions`, protocol/4 §3: those whose streamer the caller `sees`. */
  list(sees: (streamerId: string) => boolean): LegacySessionInfo[] {
    return this.#sessions.list(sees);
  }

  /** Ends the sessions on this host that were opened here, see LegacySessions. */
  endOn(hostId: number): Promise<void> {
    return this.#sessions.endOn(hostId);
  }

  close(): void {
    this.#sessions.close();
  }

  /** `keepalive`: reports when the session is up, without watching it. Its caller may close the socket at any time; here only the end of the session closes it. */
  async #hold(session: LegacySession, init: LegacyInit, peer: PeerSocket): Promise<void> {
    await session.up();
    const apps = await this.#options.hosts.get(init.host_id).apps();
    const app = apps.find(({ app_id }) => app_id === init.app_id);
    if (app !== undefined) peer.send({ UpdateApp: { app } });
    peer.send({ StageComplete: { stage: 'Launch Streamer' } });
    const { width, height } = init;
    peer.send({ ConnectionComplete: { capabilities: { touch: false }, width, height } });
    await session.over;
    peer.send('PeerDisconnect');
    await peer.close(new MoonshareError('STREAMER_STOPPED'));
  }
}

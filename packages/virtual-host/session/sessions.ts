import type { App, LaunchParameters } from '@moonshare/gamestream';
import { Session, type SessionEnd, type SessionOrigin, type SessionSurroundings } from './session.ts';

export type LaunchOutcome = { session: Session } | { status: number; message: string };

export interface SessionsOptions {
  apps: App[];
  /** Streams at the same time. */
  limit: number;
  encryptedRtsp: boolean;
  requireEncryption: boolean;
  around: Omit<SessionSurroundings, 'onEnd'>;
}

/** The one running app and the sessions that look at it, with Sunshine's rules for launch, resume and cancel (protocol/1 §7). */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<number, Session>();
  readonly #ending = new Set<Promise<void>>();
  #app: App | null = null;
  #nextId = 1;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get app(): App | null {
    return this.#app;
  }

  get all(): Session[] {
    return [...this.#sessions.values()];
  }

  /** Starts an app. */
  launch(request: LaunchParameters, client: { fingerprint: string; address: string }): LaunchOutcome {
    if (this.#app !== null) return { status: 400, message: 'An app is already running on this host' };
    const app = this.#options.apps.find(({ id }) => id === request.appId);
    if (app === undefined) return { status: 404, message: 'Cannot find requested application' };
    const outcome = this.#add(request, client);
    if ('session' in outcome) this.#app = app;
    return outcome;
  }

  /** Joins the running app, whatever app the request names. */
  resume(request: LaunchParameters, client: { fingerprint: string; address: string }): LaunchOutcome {
    if (this.#app === null) return { status: 503, message: 'No running app to resume' };
    return this.#add(request, client);
  }

  /** Ends the app and all streams, without a message to the clients. */
  async cancel(): Promise<void> {
    this.#app = null;
    await this.#endAll('cancelled');
  }

  /** Ends the app as if its user had closed it: the clients are told. False if none runs. */
  async endApp(): Promise<boolean> {
    if (this.#app === null) return false;
    this.#app = null;
    await this.#endAll('app ended');
    return true;
  }

  async close(): Promise<void> {
    await this.endApp();
    await Promise.all(this.#ending);
  }

  /** The session RTSP speaks about: the newest that has no control connection yet. */
  get pending(): Session | null {
    return this.all.findLast((session) => session.pending) ?? null;
  }

  byPingPayload(payload: string): Session | null {
    return this.all.find((session) => session.pingPayload === payload) ?? null;
  }

  /** For clients that send the plain ping: the newest of that address that does not echo payloads. */
  byAddress(address: string): Session | null {
    return this.all.findLast((s) => s.origin.address === address && s.parameters?.echoesIds !== true) ?? null;
  }

  /** The session a new control connection belongs to. One that has a connection is never matched again. */
  forControl(connectData: number, address: string): Session | null {
    const waiting = this.all.filter((session) => session.pending && session.parameters !== null);
    return (
      waiting.find((session) => session.parameters?.echoesIds && session.connectData === connectData) ??
      waiting.find((session) => !session.parameters?.echoesIds && session.origin.address === address) ??
      null
    );
  }

  #add(request: LaunchParameters, client: { fingerprint: string; address: string }): LaunchOutcome {
    if (this.#options.requireEncryption && !request.encryptedRtsp) {
      return { status: 403, message: 'Encryption is mandatory for this host but unsupported by the client' };
    }
    // One handshake at a time: RTSP does not say whose it is. The newest wins.
    this.#end(this.pending, 'replaced');
    if (this.#sessions.size >= this.#options.limit) {
      // A client that comes back before its lost session was noticed takes that one's place.
      const own = this.all.find((session) => session.origin.client === client.fingerprint);
      if (own === undefined) {
        return {
          status: 503,
          message: "The host's concurrent stream limit has been reached. Stop an existing stream or raise --sessions.",
        };
      }
      this.#end(own, 'replaced');
    }
    const origin: SessionOrigin = {
      client: client.fingerprint,
      address: client.address,
      key: request.key,
      keyId: request.keyId,
      encryptedRtsp: this.#options.encryptedRtsp && request.encryptedRtsp,
    };
    const session = new Session(this.#nextId++, origin, {
      ...this.#options.around,
      onEnd: (ended) => this.#sessions.delete(ended.id),
    });
    this.#sessions.set(session.id, session);
    return { session };
  }

  #end(session: Session | null, reason: SessionEnd): void {
    if (session === null) return;
    const ending = session.end(reason).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async #endAll(reason: SessionEnd): Promise<void> {
    for (const session of this.all) this.#end(session, reason);
    await Promise.all(this.#ending);
  }
}

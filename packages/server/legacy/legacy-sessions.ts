import { background, type LegacyInit, type LegacySessionInfo, MoonshareError } from '@moonshare/contract';
import { LegacySession, type LegacySessionServices, type Visit } from './legacy-session.ts';

/** The sessions of legacy sockets, and which of them a caller refers to. */
export class LegacySessions {
  readonly #services: LegacySessionServices;
  readonly #sessions = new Set<LegacySession>();

  constructor(services: LegacySessionServices) {
    this.#services = services;
  }

  /** Those whose streamer the caller `sees`. */
  list(sees: (streamerId: string) => boolean): LegacySessionInfo[] {
    return this.#alive()
      .filter(({ streamerId }) => sees(streamerId))
      .map(({ info }) => info);
  }

  /**
   * The session for this caller, who is in it from now on; decided in one turn, so that only one of two callers with the same ID wins.
   * `join` finds a session by its name. `keepalive` and `create` reuse what runs for the same client, host and app, whatever its
   * name (`create` only if nobody watches it), or else create one. Throws STREAMER_NOT_FOUND and STREAMER_EXISTS.
   */
  enter(init: LegacyInit): { session: LegacySession; visit: Visit } {
    this.#forgetDead();
    const session = this.#find(init);
    return { session, visit: session.enter(init) };
  }

  /**
   * Ends the sessions on this host, because a caller wants the app there to end, unless someone else’s streamer on the host uses
   * the app too. Resolves when they have ended, including those that were already ending.
   */
  async endOn(hostId: number): Promise<void> {
    const own = [...this.#sessions].filter((session) => session.hostId === hostId);
    const ids = new Set(own.map(({ streamerId }) => streamerId));
    const others = this.#services.streamers
      .all()
      .some(({ alive, host, id }) => alive && host.id === hostId && !ids.has(id));
    if (!others) await Promise.all(own.map((session) => session.end('end')));
  }

  /** The server stops. */
  close(): void {
    for (const session of this.#sessions) session.forget();
  }

  #find(init: LegacyInit): LegacySession {
    const named = init.session_id ? this.#named(init.session_id) : undefined;
    if (init.mode === 'join') {
      if (named === undefined) throw new MoonshareError('STREAMER_NOT_FOUND');
      return named;
    }
    if (named !== undefined && !named.isOf(init)) {
      // The name is requested for something else.
      if (named.watched) throw new MoonshareError('STREAMER_EXISTS');
      background(named.end('end'), this.#services.log);
    }
    const known = this.#named(init.session_id ?? '') ?? this.#sameAs(init);
    if (known === undefined) return this.#create(init);
    if (init.mode === 'keepalive') return known;
    if (known.watched) throw new MoonshareError('STREAMER_EXISTS');
    known.adapt(init);
    return known;
  }

  /** Under another name. A caller without a client gets only what was left by one with neither client nor name. */
  #sameAs(init: LegacyInit): LegacySession | undefined {
    const isFree = (session: LegacySession) => init.mode === 'keepalive' || !session.watched;
    const same = this.#alive().filter((session) => session.isOf(init));
    if (init.client_unique_id) return same.find(isFree);
    return init.session_id ? undefined : same.find((session) => session.anonymous && !session.occupied);
  }

  /** Sessions without sockets that have failed or were ended by others: no legacy caller will delete them. */
  #forgetDead(): void {
    for (const session of this.#sessions) {
      if (!session.alive && !session.occupied) background(session.end('end'), this.#services.log);
    }
  }

  #named(sessionId: string): LegacySession | undefined {
    return this.#alive().find((session) => session.isNamed(sessionId));
  }

  #alive(): LegacySession[] {
    return [...this.#sessions].filter(({ alive }) => alive);
  }

  /** Starts after those that are ending on its host, whose client certificates and, on some hosts, whose slot it needs. */
  #create(init: LegacyInit): LegacySession {
    const ending = [...this.#sessions].filter((other) => !other.alive && other.hostId === init.host_id);
    const session = new LegacySession(init, Promise.all(ending.map((other) => other.end('end'))), this.#services);
    this.#sessions.add(session);
    void session.over.then(() => this.#sessions.delete(session));
    return session;
  }
}

import { background, type LegacyInit, type LegacySessionInfo, MoonshareError } from '@moonshare/contract';
import { LegacySession, type LegacySessionServices, type Visit } from './legacy-session.ts';

/** The sessions of legacy sockets, and which of them a caller means. */
export class LegacySessions {
  readonly #services: LegacySessionServices;
  readonly #sessions = new Set<LegacySession>();

  constructor(services: LegacySessionServices) {
    this.#services = services;
  }

  /** Those whose streamer whoever asks `sees`. */
  list(sees: (streamerId: string) => boolean): LegacySessionInfo[] {
    return this.#alive()
      .filter(({ streamerId }) => sees(streamerId))
      .map(({ info }) => info);
  }

  /**
   * The session for this caller, who is in it from now on: decided in one turn, so that of two callers with one id one wins.
   * `join` takes a session by its name. `keepalive` and `create` take what runs for the same client, host and app, whatever it is
   * called, `create` only if nobody watches it; else they make one. Throws STREAMER_NOT_FOUND and STREAMER_EXISTS.
   */
  enter(init: LegacyInit): { session: LegacySession; visit: Visit } {
    this.#forgetDead();
    const session = this.#find(init);
    return { session, visit: session.enter(init) };
  }

  /**
   * Ends the sessions on this host, as its caller wants the app there to end; not while a streamer of somebody else lives on it,
   * whose app it is too. Resolves when they have ended, those too that were ending already.
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
      // Its name is asked for, for something else.
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

  /** Under another name; a caller that says no client gets only what was left by one that said no name either. */
  #sameAs(init: LegacyInit): LegacySession | undefined {
    const isFree = (session: LegacySession) => init.mode === 'keepalive' || !session.watched;
    const same = this.#alive().filter((session) => session.isOf(init));
    if (init.client_unique_id) return same.find(isFree);
    return init.session_id ? undefined : same.find((session) => session.anonymous && !session.occupied);
  }

  /** What has failed or was ended by somebody else while nobody was in it: no caller of this kind will delete it. */
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

  /** After those that are ending on its host: their client certificates and, on some hosts, their place are needed. */
  #create(init: LegacyInit): LegacySession {
    const ending = [...this.#sessions].filter((other) => !other.alive && other.hostId === init.host_id);
    const session = new LegacySession(init, Promise.all(ending.map((other) => other.end('end'))), this.#services);
    this.#sessions.add(session);
    void session.over.then(() => this.#sessions.delete(session));
    return session;
  }
}

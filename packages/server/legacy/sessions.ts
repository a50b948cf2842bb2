import { type LegacyInit, MoonshareError } from '@moonshare/contract';
import { LegacySession, type LegacySessionServices } from './session.ts';

/** The sessions of legacy sockets, and which of them a caller means. */
export class LegacySessions {
  readonly #services: LegacySessionServices;
  readonly #sessions = new Set<LegacySession>();

  constructor(services: LegacySessionServices) {
    this.#services = services;
  }

  /**
   * The session for this caller, who is in it from now on: decided in one turn, so that of two callers with one id one wins.
   * `join` takes a session that runs, `keepalive` one that may run; `create` makes one, or goes on with one that waits
   * for just this caller. Throws STREAMER_NOT_FOUND and STREAMER_EXISTS.
   */
  enter(init: LegacyInit): LegacySession {
    this.#forgetDead();
    const session = this.#find(init);
    session.enter();
    if (init.mode === 'keepalive') session.makeLasting();
    return session;
  }

  /**
   * Ends the sessions on this host, as its caller wants the app there to end; not while a streamer of somebody else lives on it,
   * whose app it is too. Resolves when they have ended.
   */
  async endOn(hostId: number): Promise<void> {
    const own = this.#alive().filter((session) => session.hostId === hostId);
    const ids = new Set(own.map(({ streamerId }) => streamerId));
    const others = this.#services.streamers
      .all()
      .some(({ alive, host, id }) => alive && host.id === hostId && !ids.has(id));
    if (!others) await Promise.all(own.map((session) => session.end()));
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
    const known = init.session_id ? named : this.#waiting(init);
    if (known === undefined) return this.#create(init);
    if (known.serves(init) && (init.mode === 'keepalive' || !known.occupied)) return known;
    if (known.occupied) throw new MoonshareError('STREAMER_EXISTS');
    void known.end();
    return this.#create(init);
  }

  /** What has failed or was ended by somebody else while nobody was in it: no caller of this kind will delete it. */
  #forgetDead(): void {
    for (const session of this.#sessions) if (!session.alive && !session.occupied) void session.end();
  }

  #named(sessionId: string): LegacySession | undefined {
    return this.#alive().find((session) => session.sessionId === sessionId);
  }

  /** One that was left and is kept, for a caller that has no id for it. */
  #waiting(init: LegacyInit): LegacySession | undefined {
    return this.#alive().find((session) => session.sessionId === null && !session.occupied && session.serves(init));
  }

  #alive(): LegacySession[] {
    return [...this.#sessions].filter(({ alive }) => alive);
  }

  /** After those that are ending on its host: their client certificates and, on some hosts, their place are needed. */
  #create(init: LegacyInit): LegacySession {
    const ending = [...this.#sessions].filter((other) => !other.alive && other.hostId === init.host_id);
    const session = new LegacySession(init, Promise.all(ending.map((other) => other.end())), this.#services);
    this.#sessions.add(session);
    void session.over.then(() => this.#sessions.delete(session));
    return session;
  }
}

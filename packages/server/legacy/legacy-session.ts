import { background, type LegacyInit, type LegacySessionInfo } from '@moonshare/contract';
import type { AppAtTheEnd } from '../streamers/state-machine.ts';
import type { Streamer } from '../streamers/streamer.ts';
import { LegacyStreamer, type LegacyStreamerServices } from './legacy-streamer.ts';

export interface LegacySessionServices extends LegacyStreamerServices {
  /** How long a session without a socket is kept. */
  keepMs: number;
}

/** How a socket takes part in a session: it watches, or holds it open for others. */
export type Visit = 'watching' | 'holding';

/** The caller of a kickoff wants its session only as long as its socket; other keepalives last until someone ends them. */
const KICKOFF = /-kickoff$/;

/** A caller that brings a new name each time keeps the latest ones. */
const MAX_NAMES = 8;

/** What a legacy caller started: its names, the sockets in it, and the streamer that runs for them. */
export class LegacySession {
  readonly hostId: number;
  readonly #first: LegacyInit;
  readonly #services: LegacySessionServices;
  /** The latest last: every takeover brings another name. */
  readonly #names: string[] = [];
  #mode: LegacySessionInfo['mode'] = 'create';
  #run: LegacyStreamer;
  readonly #visits: Record<Visit, number> = { watching: 0, holding: 0 };
  /** Continues without sockets until someone ends it. */
  #lasting = false;
  #keepTimer: NodeJS.Timeout | undefined;
  readonly #over = Promise.withResolvers<void>();

  /** Starts when `before` has settled. */
  constructor(init: LegacyInit, before: Promise<unknown>, services: LegacySessionServices) {
    this.#first = init;
    this.#services = services;
    this.hostId = init.host_id;
    if (init.mode === 'keepalive') this.#mode = init.mode;
    this.#run = new LegacyStreamer(init, before, services);
    this.#watch(this.#run);
  }

  get info(): LegacySessionInfo {
    return {
      session_id: this.#names.at(-1) ?? this.#run.streamerId,
      client_unique_id: this.#first.client_unique_id || null,
      mode: this.#mode,
      has_websocket: this.occupied,
    };
  }

  get streamerId(): string {
    return this.#run.streamerId;
  }

  /** The streamer can be joined. Rejects if it could not be made. */
  get ready(): Promise<Streamer> {
    return this.#run.ready;
  }

  /** Resolves when nothing is left of it. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get occupied(): boolean {
    return this.watched || this.#visits.holding > 0;
  }

  get watched(): boolean {
    return this.#visits.watching > 0;
  }

  get alive(): boolean {
    return this.#run.alive;
  }

  /** It has neither client nor name: anyone who asks for the same may have it. */
  get anonymous(): boolean {
    return this.#names.length === 0 && !this.#first.client_unique_id;
  }

  isNamed(sessionId: string): boolean {
    return this.#names.includes(sessionId);
  }

  /** Whether it runs this app of this host for this client. */
  isOf(init: LegacyInit): boolean {
    const { client_unique_id, host_id, app_id } = this.#first;
    const isSameClient = (client_unique_id || null) === (init.client_unique_id || null);
    return isSameClient && host_id === init.host_id && app_id === init.app_id;
  }

  /** A takeover brings a name and a mode; holding it open changes neither. */
  enter({ session_id, mode }: LegacyInit): Visit {
    clearTimeout(this.#keepTimer);
    if (mode === 'join') return this.#visit('watching');
    if (mode === 'keepalive') {
      this.#addName(session_id, 'old');
      if (!KICKOFF.test(session_id ?? '')) this.#lasting = true;
      return this.#visit('holding');
    }
    this.#addName(session_id, 'latest');
    this.#mode = 'create';
    return this.#visit('watching');
  }

  /** For the only one who watches, with the settings in `init`: different settings mean another stream of the same app. */
  adapt(init: LegacyInit): void {
    const before = this.#run;
    if (before.streams(init)) return;
    const left = before.launching ? before.up().catch(() => {}) : Promise.resolve();
    this.#run = new LegacyStreamer(
      init,
      left.then(() => before.end('leave')),
      this.#services,
    );
    this.#watch(this.#run);
  }

  /** When the last socket leaves, the stream ends at once or after `keepMs`, and the app keeps running. */
  leave(visit: Visit): void {
    this.#visits[visit]--;
    if (this.occupied || (this.#lasting && this.alive)) return;
    const { keepMs, log } = this.#services;
    if (keepMs === 0 || !this.alive) background(this.#abandon(), log);
    else this.#keepTimer = setTimeout(() => background(this.#abandon(), log), keepMs);
  }

  /** Resolves when the host session is up, rejects if it does not come up. */
  up(): Promise<void> {
    return this.#run.up();
  }

  /** Resolves when the host session has ended. */
  end(app: AppAtTheEnd): Promise<void> {
    clearTimeout(this.#keepTimer);
    return this.#run.end(app);
  }

  /** The server stops: the registry ends what is running. */
  forget(): void {
    clearTimeout(this.#keepTimer);
  }

  /** Waits for a launch that has already reached the host; whoever joins meanwhile gets that session. */
  async #abandon(): Promise<void> {
    const run = this.#run;
    if (run.launching) await run.up().catch(() => {});
    if (this.occupied || (this.#lasting && this.alive) || run !== this.#run) return;
    await this.end('leave');
  }

  #visit(visit: Visit): Visit {
    this.#visits[visit]++;
    return visit;
  }

  #addName(sessionId: string | null | undefined, as: 'latest' | 'old'): void {
    if (!sessionId) return;
    const known = this.#names.indexOf(sessionId);
    if (known >= 0 && as === 'old') return;
    if (known >= 0) this.#names.splice(known, 1);
    if (as === 'latest') this.#names.push(sessionId);
    else this.#names.unshift(sessionId);
    if (this.#names.length > MAX_NAMES) this.#names.shift();
  }

  #watch(run: LegacyStreamer): void {
    void run.over.then(() => {
      if (run === this.#run) this.#over.resolve();
    });
  }
}

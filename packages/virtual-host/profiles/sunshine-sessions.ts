import { type App, type LaunchParameters, unmapped } from '@moonshare/gamestream';
import { EndingSessions } from '../session/ending-sessions.ts';
import type { MediaTarget } from '../session/host-media-socket.ts';
import { pausesOnDeath, StreamSession } from '../session/session.ts';
import type { SessionEnd } from '../session/session-profile.ts';
import {
  type LaunchClient,
  type LaunchOutcome,
  originOf,
  type RunningApp,
  type Sessions,
} from '../session/sessions.ts';
import { type MediaPing, SharedMedia } from '../session/shared-media.ts';
import type { SessionsOptions } from './host-profile.ts';

/** The one running app and the sessions that watch it, with Sunshine's rules for launch, resume and cancel (protocol/1 §7). */
export class SunshineSessions implements Sessions {
  readonly #options: SessionsOptions;
  #media: SharedMedia | null = null;
  readonly #sessions = new Map<number, StreamSession>();
  readonly #ending = new EndingSessions();
  #app: App | null = null;
  /** The client that started it. */
  #starter = '';
  #nextId = 1;

  private constructor(options: SessionsOptions) {
    this.#options = options;
  }

  static async open(options: SessionsOptions): Promise<SunshineSessions> {
    const sessions = new SunshineSessions(options);
    sessions.#media = await SharedMedia.open({ ...options, onPing: (...ping) => sessions.#onPing(...ping) });
    return sessions;
  }

  get app(): App | null {
    return this.#app;
  }

  get running(): RunningApp[] {
    return this.#app === null ? [] : [{ app: this.#app, client: this.#starter }];
  }

  get all(): StreamSession[] {
    return [...this.#sessions.values()];
  }

  async launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    if (this.#app !== null) return { status: 400, message: 'An app is already running on this host' };
    const app = this.#options.apps.find(({ id }) => id === request.appId);
    if (app === undefined) return { status: 404, message: 'Cannot find requested application' };
    const outcome = this.#add(request, client);
    if ('session' in outcome) {
      this.#app = app;
      this.#starter = client.fingerprint;
    }
    return outcome;
  }

  /** Joins the running app, whatever app the request names. */
  async resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    if (this.#app === null) return { status: 503, message: 'No running app to resume' };
    return this.#add(request, client);
  }

  /** Ends the app and the streams of all clients, whoever asks: each sees its connection close, without a message. */
  async cancel(): Promise<void> {
    this.#app = null;
    await this.#endAll('cancelled');
  }

  async endApp(): Promise<boolean> {
    if (this.#app === null) return false;
    this.#app = null;
    await this.#endAll('app ended');
    return true;
  }

  async close(): Promise<void> {
    await this.endApp();
    await this.#ending.settled();
    await this.#media?.close();
  }

  gameFor(): number {
    return this.#app?.id ?? 0;
  }

  /** Whoever asks: the newest session without a control connection. */
  forRtsp(): StreamSession | null {
    return this.#pending;
  }

  /** A session that has a connection is never matched again. */
  forControl(connectData: number, address: string): StreamSession | null {
    const waiting = this.all.filter((session) => session.pending && session.parameters !== null);
    return (
      waiting.find((session) => session.parameters?.echoesSessionIds && session.connectData === connectData) ??
      waiting.find((session) => !session.parameters?.echoesSessionIds && session.origin.address === address) ??
      null
    );
  }

  forMessage(connected: StreamSession): StreamSession {
    return connected;
  }

  left(connected: StreamSession, reason: 'left' | 'lost'): void {
    this.#end(connected, reason);
    if (!pausesOnDeath(this.#options.context)) return;
    for (const session of this.all) if (session.origin.client === connected.origin.client) void session.pause();
  }

  #onPing(media: 'video' | 'audio', ping: MediaPing, from: MediaTarget): void {
    const session = ping.how === 'echoed' ? this.#byPayload(ping.payload) : this.#byAddress(unmapped(from.address));
    session?.ping(media, ping.how, from);
  }

  get #pending(): StreamSession | null {
    return this.all.findLast((session) => session.pending) ?? null;
  }

  #byPayload(payload: string): StreamSession | null {
    return this.all.find((session) => session.pingPayload === payload) ?? null;
  }

  /** For clients that send the plain ping: the newest session of that address that does not echo payloads. */
  #byAddress(address: string): StreamSession | null {
    return this.all.findLast((s) => s.origin.address === address && s.parameters?.echoesSessionIds !== true) ?? null;
  }

  #add(request: LaunchParameters, client: LaunchClient): LaunchOutcome {
    if (this.#options.encryption === 'required' && !request.encryptedRtsp) {
      return { status: 403, message: 'Encryption is mandatory for this host but unsupported by the client' };
    }
    // One handshake at a time, as RTSP does not say whose it is. The newest wins.
    this.#end(this.#pending, 'replaced');
    const { limit } = this.#options;
    if (limit !== null && this.#sessions.size >= limit) {
      // A client that returns before its lost session was noticed takes that one's place.
      const own = this.all.find((session) => session.origin.client === client.fingerprint);
      if (own === undefined) {
        return {
          status: 503,
          message: "The host's concurrent stream limit has been reached. Stop an existing stream or raise --sessions.",
        };
      }
      this.#end(own, 'replaced');
    }
    const origin = originOf(request, client, {
      encryptedRtsp: this.#options.encryptedRtsp && request.encryptedRtsp,
      sessionAddress: this.#options.context.quirks.sessionAddress ?? null,
    });
    const session = new StreamSession(this.#nextId++, origin, {
      ...this.#options.context,
      media: this.#media!.media,
      onEnd: (ended) => this.#sessions.delete(ended.id),
    });
    this.#sessions.set(session.id, session);
    return { session };
  }

  #end(session: StreamSession | null, reason: SessionEnd): void {
    if (session !== null) this.#ending.end(session, reason);
  }

  async #endAll(reason: SessionEnd): Promise<void> {
    for (const session of this.all) this.#end(session, reason);
    await this.#ending.settled();
  }
}

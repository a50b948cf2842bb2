import { randomBytes, randomInt } from 'node:crypto';
import type { App, LaunchParameters } from '@moonshare/gamestream';
import { unmapped } from '@moonshare/gamestream';
import type { MediaTarget } from '../session/host-media-socket.ts';
import { pausesOnDeath, StreamSession } from '../session/session.ts';
import type { SessionEnd } from '../session/session-profile.ts';
import type { LaunchClient, LaunchOutcome, Requester, RunningApp, Sessions } from '../session/sessions.ts';
import { type MediaPing, SharedMedia } from '../session/shared-media.ts';
import type { SessionsOptions } from './host-profile.ts';

/** The app of one client. Its newest stream may have ended: then it waits for a resume. */
interface Entry {
  id: number;
  app: App;
  client: string;
  address: string;
  session: StreamSession;
  /** Streams that a resume took over and whose control connection still lives: the host keeps sending to them. */
  before: Set<StreamSession>;
}

/**
 * The rules of a Wolf of 2026, protocol/5: each client certificate has an app of its own, which stays until that client's
 * `/cancel`. RTSP is matched by the address in the session URL, control by connect data, media by the ping payload.
 */
export class Wolf2026Sessions implements Sessions {
  readonly #options: SessionsOptions;
  readonly #ending = new Set<Promise<void>>();
  #media: SharedMedia | null = null;
  #entries: Entry[] = [];
  #nextId = 1;

  private constructor(options: SessionsOptions) {
    this.#options = options;
  }

  static async open(options: SessionsOptions): Promise<Wolf2026Sessions> {
    const sessions = new Wolf2026Sessions(options);
    sessions.#media = await SharedMedia.open({ ...options, onPing: (...ping) => sessions.#onPing(...ping) });
    return sessions;
  }

  get app(): App | null {
    return this.#entries[0]?.app ?? null;
  }

  get running(): RunningApp[] {
    return this.#entries.map(({ app, client }) => ({ app, client }));
  }

  get all(): StreamSession[] {
    return this.#entries.map(({ session }) => session).filter((session) => !session.ended);
  }

  /** A client that already has an app continues that one, whatever it asks for. */
  async launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const app = this.#options.apps.find(({ id }) => id === request.appId);
    if (app === undefined) return { status: 400 };
    const entry = this.#of(client.fingerprint);
    if (entry !== null) return { session: this.#takeOver(entry, request, client), resumed: true };
    const id = this.#nextId++;
    const session = this.#start(id, request, client);
    this.#entries.push({ id, app, client: client.fingerprint, address: client.address, session, before: new Set() });
    return { session };
  }

  async resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const entry = this.#of(client.fingerprint);
    return entry === null ? { status: 400 } : { session: this.#takeOver(entry, request, client) };
  }

  /** Ends only the app of the client that asks; succeeds even if it has none. */
  async cancel(client: LaunchClient): Promise<void> {
    await this.#remove((entry) => entry.client === client.fingerprint, 'cancelled');
  }

  async endApp(): Promise<boolean> {
    if (this.#entries.length === 0) return false;
    await this.#remove(() => true, 'app ended');
    return true;
  }

  async close(): Promise<void> {
    await this.endApp();
    await Promise.all(this.#ending);
    await this.#media?.close();
  }

  /** Over plain HTTP it reveals nothing about any client. */
  gameFor({ fingerprint }: Requester): number {
    return (fingerprint === null ? null : this.#of(fingerprint))?.app.id ?? 0;
  }

  /** A client that does not name the address of its session URL gets the first session of its own address. */
  forRtsp(address: string, host: string | null): StreamSession | null {
    return this.all.findLast(({ origin }) => origin.sessionAddress === host) ?? this.#first(address);
  }

  forControl(connectData: number, address: string): StreamSession | null {
    const waiting = this.all.filter((session) => session.pending && session.parameters !== null);
    const named = waiting.find((session) => session.connectData === connectData);
    if (named !== undefined || connectData !== 0) return named ?? null;
    return waiting.find(({ origin }) => origin.address === address) ?? null;
  }

  /** Only the app's newest key counts, so messages on a connection that was taken over can no longer be decrypted. */
  forMessage(connected: StreamSession): StreamSession | null {
    return this.#with(connected)?.session ?? null;
  }

  left(connected: StreamSession, reason: 'left' | 'lost'): void {
    const entry = this.#entries.find(({ before }) => before.delete(connected));
    if (entry !== undefined && pausesOnDeath(this.#options.context)) void entry.session.pause();
    this.#end(connected, reason);
  }

  #onPing(media: 'video' | 'audio', ping: MediaPing, from: MediaTarget): void {
    const session =
      ping.how === 'echoed'
        ? (this.all.find(({ pingPayload }) => pingPayload === ping.payload) ?? null)
        : this.#first(unmapped(from.address));
    session?.ping(media, ping.how, from);
  }

  #of(client: string): Entry | null {
    return this.#entries.find((entry) => entry.client === client) ?? null;
  }

  #with(session: StreamSession): Entry | null {
    return this.#entries.find((entry) => entry.session === session || entry.before.has(session)) ?? null;
  }

  #first(address: string): StreamSession | null {
    return this.all.find(({ origin }) => origin.address === address) ?? null;
  }

  #takeOver(entry: Entry, request: LaunchParameters, client: LaunchClient): StreamSession {
    const { session: before } = entry;
    if (before.pending) this.#end(before, 'replaced');
    else if (!before.ended) entry.before.add(before);
    entry.address = client.address;
    entry.session = this.#start(entry.id, request, client);
    return entry.session;
  }

  #start(id: number, request: LaunchParameters, client: LaunchClient): StreamSession {
    const { context } = this.#options;
    const origin = {
      client: client.fingerprint,
      address: client.address,
      key: request.key,
      keyId: request.keyId,
      encryptedRtsp: false,
      sessionAddress: context.quirks.sessionAddress ?? unusedAddress(),
    };
    return new StreamSession(id, origin, { ...context, media: this.#media!.media, onEnd: () => {} });
  }

  async #remove(wanted: (entry: Entry) => boolean, reason: SessionEnd): Promise<void> {
    const gone = this.#entries.filter(wanted);
    this.#entries = this.#entries.filter((entry) => !wanted(entry));
    for (const { id, session, before } of gone) {
      for (const one of [session, ...before]) this.#end(one, reason);
      this.#options.context.desktop.release(id);
    }
    await Promise.all(this.#ending);
  }

  #end(session: StreamSession, reason: SessionEnd): void {
    const ending = session.end(reason).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}

/** The real one uses any address; these are reserved for benchmarks, so a client that connects there disturbs nobody. */
function unusedAddress(): string {
  return `198.${randomInt(18, 20)}.${randomInt(256)}.${randomInt(1, 255)}`;
}

const FIRST_PRINTABLE = 33;
const PRINTABLE = 94;

/** 16 printable characters, colons, quotes and percent signs among them. */
export function printablePayload(): string {
  return String.fromCharCode(...Array.from(randomBytes(16), (byte) => FIRST_PRINTABLE + (byte % PRINTABLE)));
}

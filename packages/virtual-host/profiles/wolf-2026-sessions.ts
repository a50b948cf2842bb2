import { randomBytes, randomInt } from 'node:crypto';
import { type LaunchParameters, unmapped } from '@moonshare/gamestream';
import type { MediaTarget } from '../session/host-media-socket.ts';
import { StreamSession } from '../session/session.ts';
import { type LaunchClient, type LaunchOutcome, originOf, type Requester, type Sessions } from '../session/sessions.ts';
import { type MediaPing, SharedMedia } from '../session/shared-media.ts';
import type { SessionsOptions } from './host-profile.ts';
import { type WolfApp, WolfApps } from './wolf-apps.ts';

/**
 * The rules of a Wolf of 2026, protocol/5: each client certificate has an app of its own, which stays until that client's
 * `/cancel`. RTSP is matched by the address in the session URL, control by connect data, media by the ping payload.
 */
export class Wolf2026Sessions extends WolfApps<WolfApp> implements Sessions {
  #media: SharedMedia | null = null;

  static async open(options: SessionsOptions): Promise<Wolf2026Sessions> {
    const sessions = new Wolf2026Sessions(options);
    sessions.#media = await SharedMedia.open({ ...options, onPing: (...ping) => sessions.#onPing(...ping) });
    return sessions;
  }

  /** A client that already has an app continues that one, whatever it asks for. */
  async launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const app = this.options.apps.find(({ id }) => id === request.appId);
    if (app === undefined) return { status: 400 };
    const entry = this.#of(client.fingerprint);
    if (entry !== null) return { session: this.#takeOver(entry, request, client), resumed: true };
    const id = this.nextId();
    const session = this.#start(id, request, client);
    this.entries.push({ id, app, client: client.fingerprint, address: client.address, session, before: new Set() });
    return { session };
  }

  async resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const entry = this.#of(client.fingerprint);
    return entry === null ? { status: 400 } : { session: this.#takeOver(entry, request, client) };
  }

  /** Ends only the app of the client that asks; succeeds even if it has none. */
  async cancel(client: LaunchClient): Promise<void> {
    await this.remove((entry) => entry.client === client.fingerprint, 'cancelled');
  }

  async close(): Promise<void> {
    await this.endApp();
    await this.ending.settled();
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

  #onPing(media: 'video' | 'audio', ping: MediaPing, from: MediaTarget): void {
    const session =
      ping.how === 'echoed'
        ? (this.all.find(({ pingPayload }) => pingPayload === ping.payload) ?? null)
        : this.#first(unmapped(from.address));
    session?.ping(media, ping.how, from);
  }

  #of(client: string): WolfApp | null {
    return this.entries.find((entry) => entry.client === client) ?? null;
  }

  #with(session: StreamSession): WolfApp | null {
    return this.entries.find((entry) => entry.session === session || entry.before.has(session)) ?? null;
  }

  #first(address: string): StreamSession | null {
    return this.all.find(({ origin }) => origin.address === address) ?? null;
  }

  #takeOver(entry: WolfApp, request: LaunchParameters, client: LaunchClient): StreamSession {
    const { session: before } = entry;
    if (before.pending) this.ending.end(before, 'replaced');
    else if (!before.ended) entry.before.add(before);
    entry.address = client.address;
    entry.session = this.#start(entry.id, request, client);
    return entry.session;
  }

  #start(id: number, request: LaunchParameters, client: LaunchClient): StreamSession {
    const { context } = this.options;
    const origin = originOf(request, client, { sessionAddress: context.quirks.sessionAddress ?? unusedAddress() });
    return new StreamSession(id, origin, { ...context, media: this.#media!.media, onEnd: () => {} });
  }

  protected endedWith(entry: WolfApp): StreamSession[] {
    return [entry.session, ...entry.before];
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

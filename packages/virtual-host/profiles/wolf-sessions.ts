import { type LaunchParameters, unmapped } from '@moonshare/gamestream';
import type { Media } from '../session/first-pings.ts';
import type { MediaTarget } from '../session/host-media-socket.ts';
import { StreamSession } from '../session/session.ts';
import { type LaunchClient, type LaunchOutcome, originOf, type Requester, type Sessions } from '../session/sessions.ts';
import type { SessionsOptions } from './host-profile.ts';
import { type WolfApp, WolfApps } from './wolf-apps.ts';
import { WolfPorts } from './wolf-ports.ts';

interface Entry extends WolfApp {
  ports: Record<Media, number>;
}

/**
 * Wolf's rules, protocol/5: each launch creates a session, which stays until `/cancel`; RTSP, control, pings and server
 * info are matched by the client's address, which selects its first session.
 */
export class WolfSessions extends WolfApps<Entry> implements Sessions {
  readonly #ports: Record<Media, WolfPorts>;

  constructor(options: SessionsOptions) {
    super(options);
    const { bind, drop } = options;
    const listen = (media: Media) =>
      new WolfPorts({ bind, drop, onPing: (from: MediaTarget) => this.#onPing(media, from) });
    this.#ports = { video: listen('video'), audio: listen('audio') };
  }

  /** Even if there is a session: then it creates a second one, which nobody can reach. */
  async launch(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const app = this.options.apps.find(({ id }) => id === request.appId);
    if (app === undefined) return { status: 400 };
    const id = this.nextId();
    const made = await this.#start(id, request, client);
    this.entries.push({ id, app, client: client.fingerprint, address: client.address, before: new Set(), ...made });
    return { session: made.session };
  }

  /** Continues the client's app on other ports with the new key, or does nothing; succeeds either way. */
  async resume(request: LaunchParameters, client: LaunchClient): Promise<LaunchOutcome> {
    const entry = this.entries.find((one) => one.client === client.fingerprint);
    if (entry === undefined) return { session: null };
    const before = entry.session;
    if (!before.pending && !before.ended) entry.before.add(before);
    Object.assign(entry, { address: client.address, ...(await this.#start(entry.id, request, client)) });
    this.ending.end(before, 'replaced');
    return { session: entry.session };
  }

  /** Ends all sessions, whoever asks, and tells the streams; succeeds even if there are none. */
  async cancel(): Promise<void> {
    await this.remove(() => true, 'cancelled');
  }

  async close(): Promise<void> {
    await this.endApp();
    await this.ending.settled();
    await Promise.all([this.#ports.video.close(), this.#ports.audio.close()]);
  }

  gameFor({ address }: Requester): number {
    return this.#first(address)?.app.id ?? 0;
  }

  forRtsp(address: string): StreamSession | null {
    const session = this.#first(address)?.session ?? null;
    return session?.ended === false ? session : null;
  }

  forControl(_connectData: number, address: string): StreamSession | null {
    return this.forRtsp(address);
  }

  forMessage(_connected: StreamSession, address: string): StreamSession | null {
    return this.forRtsp(address);
  }

  #first(address: string): Entry | null {
    return this.entries.find((entry) => entry.address === address) ?? null;
  }

  #onPing(media: Media, from: MediaTarget): void {
    this.#first(unmapped(from.address))?.session.ping(media, 'plain', from);
  }

  async #start(id: number, request: LaunchParameters, client: LaunchClient): Promise<Pick<Entry, 'session' | 'ports'>> {
    const ports = { video: this.#freePort('video'), audio: this.#freePort('audio') };
    const video = await this.#ports.video.take(ports.video);
    const audio = await this.#ports.audio.take(ports.audio);
    const origin = originOf(request, client, { sessionAddress: this.options.context.quirks.sessionAddress ?? null });
    const session = new StreamSession(id, origin, {
      ...this.options.context,
      media: { video, audio },
      onEnd: () => {},
    });
    return { session, ports };
  }

  /** The lowest port that no session was assigned, whether its socket is open or not. */
  #freePort(media: Media): number {
    const taken = new Set(this.entries.map(({ ports }) => ports[media]));
    let port = this.options.ports[media];
    while (taken.has(port)) port += 1;
    return port;
  }

  protected endedWith(entry: Entry): StreamSession[] {
    return [entry.session];
  }
}

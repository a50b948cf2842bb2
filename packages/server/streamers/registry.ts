import { type CreateStreamer, MoonshareError, type StreamerInfo } from '@moonshare/contract';
import type { HostRegistry } from '../hosts/index.ts';
import { Streamer, type StreamerServices } from './streamer.ts';

/** All streamers of this server. One process, one registry (protocol/4 §7.1). */
export class StreamerRegistry {
  readonly #hosts: HostRegistry;
  readonly #services: StreamerServices;
  readonly #streamers = new Map<string, Streamer>();
  #closing = false;

  constructor(hosts: HostRegistry, services: StreamerServices) {
    this.#hosts = hosts;
    this.#services = services;
  }

  list(): StreamerInfo[] {
    return [...this.#streamers.values()].map((streamer) => streamer.info());
  }

  all(): Streamer[] {
    return [...this.#streamers.values()];
  }

  /** Throws STREAMER_NOT_FOUND. */
  get(id: string): Streamer {
    const streamer = this.#streamers.get(id);
    if (streamer === undefined) throw new MoonshareError('STREAMER_NOT_FOUND');
    return streamer;
  }

  /**
   * Starts a streamer; a failed one with that id is replaced. With `wait` the answer comes when the host session is up, and
   * a start that fails leaves nothing behind; without it comes at once, and the failure shows in the status.
   */
  async create(request: CreateStreamer, options: { wait: boolean }): Promise<StreamerInfo> {
    if (this.#closing) throw new MoonshareError('SHUTTING_DOWN');
    const host = this.#hosts.get(request.host_id);
    const before = this.#streamers.get(request.streamer_id);
    if (before !== undefined && before.status !== 'failed') throw new MoonshareError('STREAMER_EXISTS');
    const neighbours = () => [...this.#streamers.values()].filter((other) => other !== streamer && other.host === host);
    const streamer: Streamer = new Streamer(request, host, neighbours, this.#services);
    // Taken in the same turn as the check above: of two requests with one id, one wins (protocol/4 §7.9).
    this.#streamers.set(streamer.id, streamer);
    const { id: streamer_id, status } = streamer;
    this.#services.journal.add({ type: 'streamer.created', streamer_id, status });
    const started = streamer.start(before?.stop());
    if (!options.wait) {
      started.catch(() => {});
      return streamer.info();
    }
    try {
      await started;
      return streamer.info();
    } catch (error) {
      await this.#remove(streamer);
      throw error;
    }
  }

  /** Resolves when peers, host session and process have ended. Throws STREAMER_NOT_FOUND. */
  async delete(id: string): Promise<void> {
    await this.#remove(this.get(id));
  }

  /** Ends all and takes no more. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#streamers.values()].map((streamer) => this.#remove(streamer)));
  }

  async #remove(streamer: Streamer): Promise<void> {
    await streamer.stop();
    if (this.#streamers.get(streamer.id) !== streamer) return;
    this.#streamers.delete(streamer.id);
    this.#services.journal.add({ type: 'streamer.ended', streamer_id: streamer.id });
  }
}

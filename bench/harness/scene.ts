import { setTimeout as sleep } from 'node:timers/promises';
import { CLIPS, clipOf } from '../clip/clip.ts';
import { BenchHost } from './host.ts';
import { BenchStreamer } from './streamer.ts';
import { Viewers } from './viewers.ts';

/** How long after the last join a measurement begins: by then the queues of the start are empty. */
const SETTLE_MS = 1000;

export interface Delays {
  /** Per frame, ms: from the datagram that completes it to the last packet of the last viewer. */
  delays: number[];
  /** Average number of viewers per frame. */
  viewers: number;
}

/** A host, a streamer with its session up, and viewers, each in a separate process. */
export class Scene {
  readonly host: BenchHost;
  readonly streamer: BenchStreamer;
  readonly #viewers: Viewers[] = [];

  private constructor(host: BenchHost, streamer: BenchStreamer) {
    this.host = host;
    this.streamer = streamer;
  }

  /** Sets the scene up, measures, tears it down. */
  static async run<T>(
    measure: (scene: Scene) => Promise<T>,
    { bitrateKbps }: { bitrateKbps: number } = CLIPS['720p60'],
  ): Promise<T> {
    const host = await BenchHost.start(await clipOf({ ...CLIPS['720p60'], bitrateKbps }));
    try {
      const scene = new Scene(host, await BenchStreamer.start(host));
      try {
        return await measure(scene);
      } finally {
        for (const viewers of scene.#viewers) await viewers.close();
        await scene.streamer.close();
      }
    } finally {
      await host.close();
    }
  }

  /** One more process with that many viewers, all connected. */
  async addViewers(count: number): Promise<Viewers> {
    const viewers = new Viewers(this.streamer);
    this.#viewers.push(viewers);
    await viewers.ready();
    await viewers.joinAll(count);
    return viewers;
  }

  /** Resolves when the newest viewers have settled in. */
  async settle(): Promise<void> {
    await sleep(SETTLE_MS);
  }

  /** What the streamer adds to each frame, measured for this long from now. */
  async measureDelay(seconds: number): Promise<Delays> {
    await this.#takeFrames();
    await this.streamer.orFailed(sleep(seconds * 1000));
    return this.#takeFrames();
  }

  async #takeFrames(): Promise<Delays> {
    const handed = await this.streamer.frames();
    const sentAt = new Map((await this.host.sent()).map(({ frameIndex, at }) => [frameIndex, at]));
    const both = handed.filter(({ frameIndex }) => sentAt.has(frameIndex));
    const viewers = both.reduce((total, frame) => total + frame.viewers, 0) / both.length;
    return { delays: both.map(({ frameIndex, at }) => at - sentAt.get(frameIndex)!), viewers };
  }
}

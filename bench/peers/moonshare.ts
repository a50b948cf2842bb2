import type { ServerSignal } from '@moonshare/contract';
import { BenchHost } from '../harness/host.ts';
import { offerOf, readSide } from '../harness/sdp.ts';
import { BenchStreamer, type EventLoopDelay } from '../harness/streamer.ts';
import type { RunningSender, Sender, Stage } from './types.ts';

/** A streamer, with the host in another process. */
export const moonshare: Sender = {
  name: 'Moonshare',
  receivers: ['plain', 'gro'],
  start: async (stage) => {
    const host = await BenchHost.start(stage.clip);
    try {
      const streamer = await BenchStreamer.start(host, { bindAddress: stage.network.senderAddress });
      return new RunningMoonshare(stage, host, streamer);
    } catch (error) {
      await host.close();
      throw error;
    }
  },
};

class RunningMoonshare implements RunningSender {
  readonly #stage: Stage;
  readonly #host: BenchHost;
  readonly #streamer: BenchStreamer;

  constructor(stage: Stage, host: BenchHost, streamer: BenchStreamer) {
    this.#stage = stage;
    this.#host = host;
    this.#streamer = streamer;
  }

  get pid(): number {
    return this.#streamer.pid;
  }

  async join(count: number): Promise<void> {
    for (let joined = 0; joined < count; joined += 1) await this.#joinOne();
  }

  async #joinOne(): Promise<void> {
    const { receivers } = this.#stage;
    const { viewer, ...side } = await receivers.add();
    const peerId = `receiver-${viewer}`;
    const remote = this.#remoteSide(peerId);
    this.#streamer.send({ type: 'addPeer', peerId, role: 'watch' });
    const message = { Description: { ty: 'offer' as const, sdp: offerOf(side) } };
    this.#streamer.send({ type: 'fromPeer', peerId, message });
    await receivers.connect(viewer, readSide(...(await remote)), true);
  }

  /** Its answer, and the first of its candidates. */
  async #remoteSide(peerId: string): Promise<[sdp: string, candidates: string[]]> {
    const { promise, resolve } = Promise.withResolvers<[string, string[]]>();
    let answer: string | null = null;
    let candidate: string | null = null;
    const take = (id: string, message: ServerSignal) => {
      if (id !== peerId || typeof message !== 'object' || !('Signaling' in message)) return;
      const { Signaling } = message;
      if ('AddIceCandidate' in Signaling) candidate ??= Signaling.AddIceCandidate.candidate;
      else if (Signaling.Description.ty === 'answer') answer = Signaling.Description.sdp;
      if (answer !== null && candidate !== null) resolve([answer, [candidate]]);
    };
    this.#streamer.on('signal', take);
    try {
      return await this.#streamer.orFailed(promise);
    } finally {
      this.#streamer.off('signal', take);
    }
  }

  eventLoopDelay(seconds: number): Promise<EventLoopDelay> {
    return this.#streamer.eventLoopDelay(seconds);
  }

  async close(): Promise<void> {
    await this.#streamer.close();
    await this.#host.close();
  }
}

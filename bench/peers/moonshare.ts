import type { ServerSignal, WebRtcStackChoice } from '@moonshare/contract';
import { loadNative } from '@moonshare/webrtc';
import { BenchHost } from '../harness/host.ts';
import { NotInstalledError } from '../harness/programs.ts';
import { answerTo, offerOf, readSide, type Side } from '../harness/sdp.ts';
import { BenchStreamer, type EventLoopDelay } from '../harness/streamer.ts';
import type { RunningSender, Sender, Stage } from './types.ts';

/** A streamer on the WebRTC stack of our own, with the host in another process. */
export const moonshareNative: Sender = {
  name: 'Moonshare, native',
  receivers: ['plain', 'gro'],
  start: (stage) => startNative(stage),
};

/** Throws NotInstalledError. */
export function startNative(stage: Stage): Promise<RunningMoonshare> {
  const native = loadNative();
  if ('reason' in native) throw new NotInstalledError(`the native WebRTC stack: ${native.reason}`);
  return start(stage, 'native');
}

/** The same on the stack for where ours does not run. */
export const moonshareDatachannel: Sender = {
  name: 'Moonshare, node-datachannel',
  receivers: ['plain'],
  start: (stage) => start(stage, 'node-datachannel'),
};

async function start(stage: Stage, stack: WebRtcStackChoice): Promise<RunningMoonshare> {
  const host = await BenchHost.start(stage.clip);
  try {
    const streamer = await BenchStreamer.start(host, { bindAddress: stage.network.senderAddress, stack });
    return new RunningMoonshare(stage, host, streamer);
  } catch (error) {
    await host.close();
    throw error;
  }
}

export class RunningMoonshare implements RunningSender {
  readonly #stage: Stage;
  readonly host: BenchHost;
  readonly streamer: BenchStreamer;
  /** Those with a connection. */
  readonly #sides = new Map<string, Side>();

  constructor(stage: Stage, host: BenchHost, streamer: BenchStreamer) {
    this.#stage = stage;
    this.host = host;
    this.streamer = streamer;
    streamer.on('signal', (peerId, message) => this.#refuseSound(peerId, message));
  }

  get pid(): number {
    return this.streamer.pid;
  }

  async join(count: number): Promise<void> {
    for (let joined = 0; joined < count; joined += 1) await this.#joinOne();
  }

  async #joinOne(): Promise<void> {
    const { receivers, stamps = false } = this.#stage;
    const { viewer, ...side } = await receivers.add({ stamps });
    const peerId = `receiver-${viewer}`;
    const remote = this.#remoteSide(peerId);
    this.streamer.send({ type: 'addPeer', peerId, role: 'watch' });
    const message = { Description: { ty: 'offer' as const, sdp: offerOf(side) } };
    this.streamer.send({ type: 'fromPeer', peerId, message });
    const [answer, candidates] = await remote;
    this.#sides.set(peerId, side);
    await receivers.connect(viewer, readSide(answer, candidates), true);
  }

  /** It offers what we did not ask for, and gives up on those that do not answer. */
  #refuseSound(peerId: string, message: ServerSignal): void {
    const side = this.#sides.get(peerId);
    if (side === undefined || typeof message !== 'object' || !('Signaling' in message)) return;
    const { Signaling } = message;
    if (!('Description' in Signaling) || Signaling.Description.ty !== 'offer') return;
    const answer = { ty: 'answer' as const, sdp: answerTo(Signaling.Description.sdp, side) };
    this.streamer.send({ type: 'fromPeer', peerId, message: { Description: answer } });
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
    this.streamer.on('signal', take);
    try {
      return await this.streamer.orFailed(promise);
    } finally {
      this.streamer.off('signal', take);
    }
  }

  eventLoopDelay(seconds: number): Promise<EventLoopDelay> {
    return this.streamer.eventLoopDelay(seconds);
  }

  async close(): Promise<void> {
    await this.streamer.close();
    await this.host.close();
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import { CLIPS, clipOf } from '../clip/clip.ts';
import { arrivalDelays } from '../harness/arrival.ts';
import { BenchNetwork } from '../harness/network.ts';
import { Receivers } from '../harness/receivers.ts';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench, BenchOptions, Row } from '../harness/types.ts';
import { startNative } from '../peers/moonshare.ts';

const VIEWERS = 20;
const SETTLE_MS = 2000;

/** From the last datagram of a frame in to the last packet of the last viewer out, and to its arrival. */
export const delay: Bench = {
  name: 'delay',
  run: async (options) => [...(await handedOver(options)), ...(await arrived(options))],
};

function handedOver({ seconds, progress }: BenchOptions): Promise<Row[]> {
  return Scene.run(async (scene) => {
    progress(`${VIEWERS} viewers join`);
    const viewers = await scene.addViewers(VIEWERS);
    await scene.settle();
    progress(`measuring for ${seconds} s`);
    await viewers.framesReceived();
    const measured = await scene.measureDelay(seconds);
    const fps = (await viewers.framesReceived()) / seconds;
    const what = `delay the streamer adds, ${VIEWERS} viewers`;
    const note = `until the call that sends returns; ${measured.delays.length} frames to ${measured.viewers.toFixed(1)} viewers; one received ${fps.toFixed(0)} fps`;
    return [
      { what: `${what}, p50`, value: percentile(measured.delays, 0.5), unit: 'ms', bar: '< 0.5', note },
      { what: `${what}, p99`, value: percentile(measured.delays, 0.99), unit: 'ms', bar: '< 3', note: '' },
    ];
  });
}

async function arrived({ seconds, progress, network: kind }: BenchOptions): Promise<Row[]> {
  const network = BenchNetwork.open(kind);
  const receivers = new Receivers(network, 'plain');
  try {
    const clip = await clipOf(CLIPS['720p60']);
    const running = await startNative({ clip, network, receivers, stamps: true });
    try {
      progress(`${VIEWERS} receivers join`);
      await running.join(VIEWERS);
      await receivers.orFailed(sleep(SETTLE_MS));
      progress(`measuring arrival for ${seconds} s`);
      await Promise.all([receivers.stamps(), running.host.sent()]);
      await receivers.orFailed(sleep(seconds * 1000));
      const stamps = await receivers.stamps();
      const delays = arrivalDelays(await running.host.sent(), stamps);
      const what = `until the last of ${VIEWERS} receivers has the frame`;
      const note = `${delays.length} frames, over ${network.kind}; what the kernel takes to deliver is included`;
      return [
        { what: `${what}, p50`, value: percentile(delays, 0.5), unit: 'ms', bar: '', note },
        { what: `${what}, p99`, value: percentile(delays, 0.99), unit: 'ms', bar: '', note: '' },
      ];
    } finally {
      await running.close();
    }
  } finally {
    await receivers.close();
    network.close();
  }
}

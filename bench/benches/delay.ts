import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench } from '../harness/types.ts';

const VIEWERS = 20;

/** From the last datagram of a frame in to the last packet of the last viewer out. */
export const delay: Bench = {
  name: 'delay',
  run: ({ seconds, progress }) =>
    Scene.run(async (scene) => {
      progress(`${VIEWERS} viewers join`);
      const viewers = await scene.addViewers(VIEWERS);
      await scene.settle();
      progress(`measuring for ${seconds} s`);
      await viewers.framesReceived();
      const measured = await scene.measureDelay(seconds);
      const fps = (await viewers.framesReceived()) / seconds;
      const what = `delay the streamer adds, ${VIEWERS} viewers`;
      const note = `${measured.delays.length} frames to ${measured.viewers.toFixed(1)} viewers; one received ${fps.toFixed(0)} fps`;
      return [
        { what: `${what}, p50`, value: percentile(measured.delays, 0.5), unit: 'ms', bar: '< 0.5', note },
        { what: `${what}, p99`, value: percentile(measured.delays, 0.99), unit: 'ms', bar: '< 3', note: '' },
      ];
    }),
};

import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench } from '../harness/types.ts';

const OTHERS = 19;
/** The streamer closes a viewer that is silent for 8 s; until then it keeps sending. */
const STALL_SECONDS = 6;
const MB = 1024 * 1024;

/** One viewer's process is stopped; the others must not notice. In rounds, so that variations of the machine affect both sides. */
export const stalledViewer: Bench = {
  name: 'stalled-viewer',
  run: ({ seconds, progress }) =>
    Scene.run(async (scene) => {
      const { streamer } = scene;
      progress(`${OTHERS} viewers join`);
      const others = await scene.addViewers(OTHERS);
      const before: number[] = [];
      const during: number[] = [];
      const growth: number[] = [];
      const rounds = Math.ceil(seconds / STALL_SECONDS);
      const stretch = seconds / rounds;
      let frames = 0;
      for (let round = 1; round <= rounds; round += 1) {
        progress(`round ${round} of ${rounds}: ${stretch} s before, ${stretch} s during`);
        const stalled = await scene.addViewers(1);
        await scene.settle();
        before.push(...(await scene.measureDelay(stretch)).delays);
        const memory = await streamer.memory();
        stalled.stall();
        await others.framesReceived();
        during.push(...(await scene.measureDelay(stretch)).delays);
        frames += await others.framesReceived();
        growth.push(((await streamer.memory()) - memory) / MB);
        await stalled.close();
      }
      const [p99Before, p99During] = [percentile(before, 0.99), percentile(during, 0.99)];
      return [
        { what: 'stalled viewer: p99 before', value: p99Before, unit: 'ms', bar: '', note: `${before.length} frames` },
        {
          what: 'stalled viewer: p99 during',
          value: p99During,
          unit: 'ms',
          bar: `< ${(p99Before + 1).toFixed(2)}`,
          note: `${during.length} frames; another viewer received ${(frames / seconds).toFixed(0)} fps`,
        },
        {
          what: 'stalled viewer: memory of the streamer grows by',
          value: Math.max(...growth),
          unit: 'MB',
          bar: 'bounded',
          note: `resident, worst of ${rounds} rounds of ${stretch} s`,
        },
      ];
    }),
};

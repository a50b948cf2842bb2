import { Scene } from '../harness/scene.ts';
import { slope } from '../harness/statistics.ts';
import type { Bench } from '../harness/types.ts';

const VIEWERS = [8, 20, 32];
const MB = 1024 * 1024;

/** What viewers cost in memory. */
export const memory: Bench = {
  name: 'memory',
  run: ({ viewers: counts = VIEWERS, progress }) =>
    Scene.run(async (scene) => {
      const points: { x: number; y: number }[] = [];
      for (const count of counts) {
        progress(`${count} viewers`);
        await scene.addViewers(count - (points.at(-1)?.x ?? 0));
        await scene.settle();
        points.push({ x: count, y: (await scene.streamer.memory()) / MB });
      }
      const note = `resident, by ${points.map(({ x, y }) => `${x}: ${y.toFixed(0)}`).join(', ')} MB`;
      return [{ what: 'memory per further viewer', value: slope(points), unit: 'MB', bar: '< 0.3', note }];
    }),
};

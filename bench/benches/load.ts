import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from '../harness/scene.ts';
import { slope } from '../harness/statistics.ts';
import type { Bench, Row } from '../harness/types.ts';

const VIEWERS = [8, 20, 32];
/** CPU seconds per Gbit, by number of viewers. */
const BARS: Readonly<Record<number, string>> = { 8: '<= 0.9', 32: '<= 0.5' };
const MB = 1024 * 1024;

/** What viewers cost: CPU time per bit sent, memory per viewer. */
export const load: Bench = {
  name: 'load',
  run: ({ seconds, progress }) =>
    Scene.run(async (scene) => {
      const { streamer } = scene;
      const rows: Row[] = [];
      const memory: { x: number; y: number }[] = [];
      let joined = 0;
      for (const count of VIEWERS) {
        progress(`${count} viewers, measuring for ${seconds} s`);
        const viewers = await scene.addViewers(count - joined);
        joined = count;
        await scene.settle();
        await viewers.framesReceived();
        const before = await streamer.usage();
        await streamer.orFailed(sleep(seconds * 1000));
        const after = await streamer.usage();
        const fps = (await viewers.framesReceived()) / seconds;
        const gigabits = ((after.bytesSent - before.bytesSent) * 8) / 1e9;
        memory.push({ x: count, y: (await streamer.memory()) / MB });
        rows.push({
          what: `CPU per Gbit sent, ${count} viewers`,
          value: (after.cpuSeconds - before.cpuSeconds) / gigabits,
          unit: 's',
          bar: BARS[count] ?? '',
          note: `${((gigabits * 1000) / seconds).toFixed(0)} Mbit/s; one received ${fps.toFixed(0)} fps`,
        });
      }
      const note = `resident, by ${memory.map(({ x, y }) => `${x}: ${y.toFixed(0)}`).join(', ')} MB`;
      return [...rows, { what: 'memory per further viewer', value: slope(memory), unit: 'MB', bar: '< 0.3', note }];
    }),
};

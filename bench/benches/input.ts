import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench, Row } from '../harness/types.ts';

const VIEWERS = [1, 20];
/** Not a multiple of the frame interval, so that events fall on all parts of it. */
const EVERY_MS = 13;
/** From the last event until all have arrived at the host. */
const ARRIVAL_MS = 200;

/** From a data channel message to its input packet being sent to the host. */
export const input: Bench = {
  name: 'input',
  run: ({ seconds, progress }) =>
    Scene.run(async (scene) => {
      const { host, streamer } = scene;
      const typists = await scene.addViewers(1);
      const [typist] = typists.joinedAt.keys();
      const rows: Row[] = [];
      let joined = 1;
      for (const count of VIEWERS) {
        await scene.addViewers(count - joined);
        joined = count;
        await scene.settle();
        progress(`${count} viewers, typing for ${seconds} s`);
        await Promise.all([streamer.inputs(), host.inputs()]);
        // Even, so that the key ends up released.
        const events = 2 * Math.ceil((seconds * 500) / EVERY_MS);
        const sent = await typists.type(typist!, events, EVERY_MS);
        await sleep(ARRIVAL_MS);
        const [left, arrived] = await Promise.all([streamer.inputs(), host.inputs()]);
        // Keys are neither merged nor held back, so the nth event is the nth packet.
        if (arrived.length !== sent.length || left.length !== sent.length)
          throw new Error(`${sent.length} events became ${left.length} and arrived as ${arrived.length} packets`);
        const delays = left.map((at, index) => at - sent[index]!);
        const toHost = arrived.map((at, index) => at - sent[index]!);
        rows.push({
          what: `browser event to the host's wire, ${count} ${count === 1 ? 'viewer' : 'viewers'}, p99`,
          value: percentile(delays, 0.99),
          unit: 'ms',
          bar: '< 2',
          note: `p50 ${percentile(delays, 0.5).toFixed(2)} of ${delays.length} key events; in the host's hands p99 ${percentile(toHost, 0.99).toFixed(2)}`,
        });
      }
      return rows;
    }),
};

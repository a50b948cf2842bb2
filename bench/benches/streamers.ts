import { setTimeout as sleep } from 'node:timers/promises';
import { clipOf } from '../clip/clip.ts';
import { bundledStreamer } from '../harness/bundled-streamer.ts';
import { BenchHost } from '../harness/host.ts';
import { processorSeconds } from '../harness/processor-time.ts';
import { type Resident, residentOf } from '../harness/resident.ts';
import { percentile } from '../harness/statistics.ts';
import { BenchStreamer } from '../harness/streamer.ts';
import type { Bench, Row } from '../harness/types.ts';

const STREAMERS = 20;
/** Two cores carry twenty of these. */
const CLIP = { width: 640, height: 360, fps: 15, bitrateKbps: 500 };
/** A streamer keeps its compiled code 5 s after its start (`packages/streamer/main.ts`). */
const COMPILED_MS = 6_000;
const MB = 1024 * 1024;

/** What streamers cost that nobody watches, as they are published: one process each, started one after the other, all on one host. */
export const streamers: Bench = {
  name: 'streamers',
  run: async ({ seconds, progress }) => {
    const program = await bundledStreamer();
    const host = await BenchHost.start(await clipOf(CLIP));
    const running: BenchStreamer[] = [];
    try {
      progress('the first one, which leaves its compiled code to the others');
      const first = await BenchStreamer.start(host, {}, program);
      await first.orFailed(sleep(COMPILED_MS));
      await first.close();
      while (running.length < STREAMERS) running.push(await BenchStreamer.start(host, {}, program));
      progress(`${STREAMERS} streamers`);
      const before = running.map(({ pid }) => processorSeconds(pid));
      await Promise.race(running.map((streamer) => streamer.orFailed(sleep(seconds * 1000))));
      const busy = running.map(({ pid }, index) => (processorSeconds(pid) - before[index]!) / seconds);
      const memory = running.map(({ pid }) => residentOf(pid));
      const readyMs = running.map((streamer) => streamer.readyMs);
      const megabytes = (kind: keyof Resident) => memory.map((one) => one[kind] / MB);
      return [
        row('resident, each', megabytes('resident'), 'MB', '< 75'),
        row('proportional, each', megabytes('proportional'), 'MB', ''),
        row('from fork to ready', readyMs, 'ms', '< 150'),
        row(
          'processor, each',
          busy.map((share) => share * 100),
          '% of a core',
          '',
        ),
      ];
    } finally {
      await Promise.all(running.map((streamer) => streamer.close()));
      await host.close();
    }
  },
};

function row(what: string, values: number[], unit: string, bar: string): Row {
  const shown = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(1));
  return { what, value: percentile(values, 0.5), unit, bar, note: `median of ${STREAMERS}; ${shown.join(' to ')}` };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { generator } from '../../e2e/chaos/random.ts';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench, Row } from '../harness/types.ts';

const MOST_VIEWERS = 20;
const STAY_SECONDS = { least: 5, most: 30 };
/** The first rounds warm the streamer up: memory is compared with what it has after them. */
const WARM_ROUNDS = 2;
const MB = 1024 * 1024;

/** Viewers come and go for a long time: what is left behind, and whether it gets slower. */
export const soak: Bench = {
  name: 'soak',
  isLong: true,
  run: ({ minutes, seed, progress }) =>
    Scene.run(async (scene) => {
      const random = generator(seed);
      const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
      const end = performance.now() + minutes * 60_000;
      const rounds: { joined: number; delays: number[]; empty: number }[] = [];
      while (performance.now() < end || rounds.length < WARM_ROUNDS + 2) {
        const joined = between(1, MOST_VIEWERS);
        const viewers = await scene.addViewers(joined);
        await scene.settle();
        const { delays } = await scene.measureDelay(between(STAY_SECONDS.least, STAY_SECONDS.most));
        await viewers.close();
        await scene.streamer.orFailed(sleep(2 * 1000));
        rounds.push({ joined, delays, empty: (await scene.streamer.memory()) / MB });
        const left = Math.max(0, (end - performance.now()) / 60_000);
        progress(
          `${rounds.length} rounds, ${rounds.at(-1)!.empty.toFixed(0)} MB with nobody, ${left.toFixed(0)} minutes to go`,
        );
      }
      return rowsOf(rounds, seed);
    }),
};

function rowsOf(rounds: readonly { joined: number; delays: number[]; empty: number }[], seed: number): Row[] {
  const warm = rounds.slice(WARM_ROUNDS);
  const half = Math.ceil(warm.length / 2);
  const p99 = (some: typeof warm) =>
    percentile(
      some.flatMap(({ delays }) => delays),
      0.99,
    );
  const viewers = rounds.reduce((sum, { joined }) => sum + joined, 0);
  const note = `seed ${seed}, ${rounds.length} rounds, ${viewers} viewers`;
  const memory = warm.map(({ empty }) => empty);
  return [
    { what: 'resident with nobody, after the first rounds', value: memory[0]!, unit: 'MB', bar: '', note },
    {
      what: 'the same at the end',
      value: memory.at(-1)!,
      unit: 'MB',
      bar: '',
      note: `at most ${Math.max(...memory).toFixed(0)}`,
    },
    { what: 'delay p99, first half', value: p99(warm.slice(0, half)), unit: 'ms', bar: '', note: '' },
    { what: 'delay p99, second half', value: p99(warm.slice(half)), unit: 'ms', bar: '', note: '' },
  ];
}

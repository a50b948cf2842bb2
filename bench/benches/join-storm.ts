import { setTimeout as sleep } from 'node:timers/promises';
import { Scene } from '../harness/scene.ts';
import { percentile } from '../harness/statistics.ts';
import type { Bench } from '../harness/types.ts';

const JOINS = 50;
const EVERY_MS = 1000 / JOINS;
const POLL_MS = 50;
/** The streamer repeats an unanswered request within 250 ms: by then everything that belongs to these joins is over. */
const AFTER_MS = 500;

/** Many viewers at once, and how much of it the host notices. */
export const joinStorm: Bench = {
  name: 'join-storm',
  run: ({ progress }) =>
    Scene.run(async (scene) => {
      const { host, streamer } = scene;
      const viewers = await scene.addViewers(1);
      await scene.settle();
      const before = await host.keyFrameRequests();
      progress(`${JOINS} viewers join`);
      const joins: Promise<string>[] = [];
      const startedAt = performance.now();
      for (let index = 0; index < JOINS; index += 1) {
        await sleep(Math.max(0, startedAt + index * EVERY_MS - performance.now()));
        joins.push(viewers.join());
      }
      const took = performance.now() - startedAt;
      const ids = await Promise.all(joins);
      let firstFrames = await streamer.firstFrames();
      while (!ids.every((id) => id in firstFrames)) {
        await sleep(POLL_MS);
        firstFrames = await streamer.firstFrames();
      }
      await sleep(AFTER_MS);
      const waits = ids.map((id) => firstFrames[id]! - viewers.joinedAt.get(id)!);
      return [
        {
          what: `${JOINS} joins in a second: key frame requests`,
          value: (await host.keyFrameRequests()) - before,
          unit: '',
          bar: '<= 4',
          note: `asked to join within ${took.toFixed(0)} ms; slowest first frame after ${percentile(waits, 1).toFixed(0)} ms`,
        },
      ];
    }),
};

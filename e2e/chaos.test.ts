import { after, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { chaos } from './chaos/chaos.ts';

after(() => cleanup());

test('whatever is killed, every viewer is back in the end and nothing is leaked', {
  timeout: 200_000,
}, async (context) => {
  const seed = Date.now() % 1_000_000;
  context.diagnostic(`seed ${seed}`);
  const say = (line: string) => context.diagnostic(line);
  await chaos({ ms: 25_000, viewers: 6, streamers: 2, pauseMs: 2_000, seed, say });
});

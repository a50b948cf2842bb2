import { after, test } from 'node:test';
import { cleanup } from 'node-datachannel';
import { chaos } from './chaos/chaos.ts';

/** The same deeds each time; `npm run chaos` draws others. */
const SEED = 891_588;

after(() => cleanup());

test('whatever is killed, every viewer is back in the end and nothing is leaked', {
  timeout: 200_000,
}, async (context) => {
  const say = (line: string) => context.diagnostic(line);
  await chaos({ ms: 25_000, viewers: 6, streamers: 2, pauseMs: 2_000, seed: SEED, say });
});

// `npm run chaos -- --minutes 10`: kills streamers, host and server at random, and says whether all recovered from it.
import { parseArgs } from 'node:util';
import { cleanup } from 'node-datachannel';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    viewers: { type: 'string', default: '20' },
    streamers: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const said = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
said(`seed ${values.seed}`);
await chaos({
  ms: Number(values.minutes) * 60_000,
  viewers: Number(values.viewers),
  streamers: Number(values.streamers),
  pauseMs: 6_000,
  seed: Number(values.seed),
  say: said,
});
said('nothing stuck, nothing leaked');
cleanup();

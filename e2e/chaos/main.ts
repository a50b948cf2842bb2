// `npm run chaos -- --minutes 10`: kills and stops everything at random, and reports whether it all recovers.
import { parseArgs } from 'node:util';
import { chaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    viewers: { type: 'string', default: '20' },
    streamers: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** Only faults with this in their name. */
    only: { type: 'string' },
    /** A file for the logs of server and streamers. */
    log: { type: 'string' },
  },
});
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort(new Error(signal)));
const print = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);
print(`seed ${values.seed}`);
try {
  await chaos({
    ms: Number(values.minutes) * 60_000,
    viewers: Number(values.viewers),
    streamers: Number(values.streamers),
    seed: Number(values.seed),
    only: values.only ?? null,
    log: values.log ?? null,
    signal: stop.signal,
    print,
  });
  print('nothing stuck, nothing leaked, every viewer back');
} catch (error) {
  print(`FAILED with seed ${values.seed}: ${(error as Error).message}`);
  process.exitCode = 1;
}

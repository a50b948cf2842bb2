// `npm run leaks`: starts and ends streamers at random on each kind of host, and reports whether anything is left of them.
import { parseArgs } from 'node:util';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { leaks } from './leaks.ts';

const { values } = parseArgs({
  options: {
    /** How many streamers, on each kind of host. */
    rounds: { type: 'string', default: '100' },
    /** Only this kind of host. */
    like: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const families = values.like === undefined ? ['sunshine', 'wolf', 'wolf-2026'] : [values.like];
console.log(`seed ${values.seed}`);
for (const like of families as NonNullable<VirtualHostOptions['like']>[]) {
  const began = performance.now();
  try {
    const figures = await leaks({ like, posts: Number(values.rounds), seed: Number(values.seed) });
    console.log(`${like}: nothing left after ${Math.round((performance.now() - began) / 1000)} s`, figures);
  } catch (error) {
    console.log(`${like}: FAILED with seed ${values.seed}`, error);
    process.exitCode = 1;
  }
}

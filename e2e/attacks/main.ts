// `npm run attacks [-- PART OF A NAME...]`: what each attack costs a streamer with four viewers, and what they notice. On loopback only.

import { AttackScene } from './attack-scene.ts';
import { ATTACKS } from './attacks.ts';

const VIEWERS = 4;
const COLUMNS = ['sent', 'seconds', 'CPU ms', 'µs each', 'late p99', 'late most', 'gap most', 'attacker'];

const parts = process.argv.slice(2);
print('', COLUMNS);
for (const name of Object.keys(ATTACKS)) {
  if (parts.length > 0 && !parts.some((part) => name.includes(part))) continue;
  const scene = await AttackScene.start(VIEWERS, 'as usual');
  const { sent, ms, closed, usage, longestGapMs } = await scene.attack(name);
  await scene.showsAll();
  scene.close();
  const { cpuMs, p99Ms, maxMs } = usage;
  const numbers = [sent, ms / 1000, cpuMs, (cpuMs / sent) * 1000, p99Ms, maxMs, longestGapMs];
  print(name, [...numbers.map((number, at) => number.toFixed(at === 1 || at === 3 ? 1 : 0)), closed ?? 'stays']);
}
// The viewers' library keeps the process alive.
process.exit(0);

function print(name: string, columns: readonly string[]): void {
  process.stdout.write(`${name.padEnd(40)}${columns.map((column) => column.padStart(11)).join('')}\n`);
}

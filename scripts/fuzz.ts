// `npm run fuzz -- --seconds N [--only NAME] [--seed S] [--runs N]`: damaged input for every parser that faces a network. A parser
// may refuse input with a coded error, quickly; anything else ends the run and prints the input and the command that repeats it.
import { parseArgs } from 'node:util';
import { BitstreamError } from '../packages/bitstream/index.ts';
import { MoonshareError } from '../packages/contract/index.ts';
import { GameStreamError } from '../packages/gamestream/index.ts';
import { SdpError } from '../packages/webrtc/index.ts';
import { bitstreamTargets } from './fuzz/bitstream.ts';
import { browserTargets } from './fuzz/browser.ts';
import { gamestreamTargets } from './fuzz/gamestream.ts';
import { mutate } from './fuzz/mutate.ts';
import { Random } from './fuzz/random.ts';
import { sctpTargets } from './fuzz/sctp.ts';
import { serverTargets } from './fuzz/server.ts';
import { streamerTargets } from './fuzz/streamer.ts';
import type { Target } from './fuzz/target.ts';
import { iceTargets } from './fuzz/webrtc.ts';
import { mediaTargets } from './fuzz/webrtc-media.ts';
import { nativeTargets } from './fuzz/webrtc-native.ts';

/** An input that takes longer is a finding: it would block everything else. A slow one is run again, measured in CPU time. */
const SLOW_MS = 500;
const TURN_MS = 100;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    runs: { type: 'string' },
  },
});
const seed = Number(values.seed);
const runs = values.runs === undefined ? Number.POSITIVE_INFINITY : Number(values.runs);
const all = [
  ...(await gamestreamTargets()),
  ...bitstreamTargets(),
  ...browserTargets(),
  ...streamerTargets(),
  ...serverTargets(),
  ...iceTargets(),
  ...mediaTargets(),
  ...sctpTargets(),
  ...nativeTargets(),
];
const targets = all.filter(({ name }) => values.only === undefined || name.includes(values.only));
if (targets.length === 0) {
  process.stderr.write(`No parser matches "${values.only}". There are: ${all.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
process.stdout.write(`seed ${seed}, ${targets.length} parsers\n`);
process.exitCode = fuzz() ? 0 : 1;

/** Whether nothing was found. Parsers take turns, so that a short run reaches all of them. */
function fuzz(): boolean {
  const end = performance.now() + Number(values.seconds) * 1000;
  const done = new Map(targets.map((target) => [target, 0]));
  while (performance.now() < end && [...done.values()].some((count) => count < runs)) {
    for (const target of targets) {
      const turnEnd = Math.min(end, performance.now() + TURN_MS);
      let count = done.get(target)!;
      do {
        if (count >= runs) break;
        if (!once(target, (seed + count) >>> 0)) return false;
        count++;
      } while (performance.now() < turnEnd);
      done.set(target, count);
    }
  }
  for (const [{ name }, count] of done) process.stdout.write(`${String(count).padStart(9)}  ${name}\n`);
  return true;
}

/** Whether the parser behaved. Everything follows from `runSeed`. */
function once(target: Target, runSeed: number): boolean {
  const random = new Random(runSeed);
  const input = mutate(random, target.samples);
  const again = random.next();
  const started = performance.now();
  try {
    target.run(input, new Random(again));
  } catch (error) {
    if (!hasCode(error)) return report(target, runSeed, input, error);
  }
  if (performance.now() - started < SLOW_MS) return true;
  const before = process.cpuUsage();
  try {
    target.run(input, new Random(again));
  } catch {
    // Only its duration counts here.
  }
  const { user, system } = process.cpuUsage(before);
  const ms = Math.round((user + system) / 1000);
  return ms < SLOW_MS || report(target, runSeed, input, new Error(`took ${ms} ms`));
}

function hasCode(error: unknown): boolean {
  if (error instanceof MoonshareError) return error.code !== 'INTERNAL';
  return error instanceof GameStreamError || error instanceof BitstreamError || error instanceof SdpError;
}

function report({ name }: Target, runSeed: number, input: Buffer, error: unknown): false {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `${name}: ${text}\ninput (${input.length} bytes): ${input.toString('hex')}\nto repeat: npm run fuzz -- --only ${name} --seed ${runSeed} --runs 1\n`,
  );
  return false;
}

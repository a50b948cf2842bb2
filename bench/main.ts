import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { agent } from './benches/agent.ts';
import { delay } from './benches/delay.ts';
import { fanout } from './benches/fanout.ts';
import { glassToGlass } from './benches/glass-to-glass.ts';
import { input } from './benches/input.ts';
import { join } from './benches/join.ts';
import { joinStorm } from './benches/join-storm.ts';
import { memory } from './benches/memory.ts';
import { slowViewer } from './benches/slow-viewer.ts';
import { soak } from './benches/soak.ts';
import { stalledViewer } from './benches/stalled-viewer.ts';
import { streamers } from './benches/streamers.ts';
import { webSocket } from './benches/websocket.ts';
import { CLIPS } from './clip/clip.ts';
import { markdown, reportOf } from './harness/table.ts';
import type { Bench, BenchOptions } from './harness/types.ts';

const BENCHES: readonly Bench[] = [
  fanout,
  delay,
  memory,
  streamers,
  webSocket,
  join,
  joinStorm,
  stalledViewer,
  slowViewer,
  input,
  agent,
  glassToGlass,
  soak,
];
const NAMES = BENCHES.map(({ name }) => name);
const RESULTS = fileURLToPath(new URL('results/', import.meta.url));
const HELP = `Measures the figures to hold (docs/architecture.md). Nothing passes or fails.

Usage: npm run bench -- [names] [options]

Names: ${NAMES.join(', ')}; all of them but soak if there are none.

  --seconds N          length of each measured stretch                      (10)
  --json               JSON instead of tables
  --help               this text

Of fanout (memory takes --viewers too):
  --viewers N,N,...    how many, one after the other                        (1,8,20,32)
  --clip NAME          ${Object.keys(CLIPS).join(' or ')}                                    (720p60)
  --senders NAME,...   only those with this in their name, such as janus
  --network NAME       veth (needs root) or loopback                        (veth for root)

Of soak:
  --minutes N          how long it takes                                    (60)
  --seed N             the same seed, the same viewers                      (1)
`;

const progress = (text: string) => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seconds: { type: 'string', default: '10' },
      viewers: { type: 'string' },
      clip: { type: 'string', default: '720p60' },
      senders: { type: 'string' },
      network: { type: 'string' },
      minutes: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const unknown = positionals.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new TypeError(`There is no bench called ${unknown}`);
  const options = readOptions(values);
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${options.seconds} s per measurement`;
  const at = new Date().toISOString();
  if (!values.json) process.stdout.write(`${machine}\n`);
  const reports: object[] = [];
  for (const { name, isLong = false, run } of BENCHES) {
    if (!(positionals.length > 0 ? positionals.includes(name) : !isLong)) continue;
    progress(`${name}: starting`);
    const found = await run({ ...options, progress: (text) => progress(`${name}: ${text}`) });
    const report = Array.isArray(found) ? reportOf(found) : found;
    const result = { bench: name, at, machine, ...report.data };
    reports.push(result);
    mkdirSync(RESULTS, { recursive: true });
    writeFileSync(`${RESULTS}${name}-${at.replaceAll(':', '-')}.json`, `${JSON.stringify(result, null, 2)}\n`);
    if (!values.json) process.stdout.write(`\n${name}\n\n${markdown(report)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`);
}

/** Throws TypeError. */
function readOptions(values: {
  seconds: string;
  viewers?: string | undefined;
  clip: string;
  senders?: string | undefined;
  network?: string | undefined;
  minutes: string;
  seed: string;
}): Omit<BenchOptions, 'progress'> {
  const { clip, network } = values;
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new TypeError('--seconds must be a number above 0');
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes > 0)) throw new TypeError('--minutes must be a number above 0');
  if (!Number.isSafeInteger(seed)) throw new TypeError('--seed must be a whole number');
  const viewers = values.viewers?.split(',').map(Number);
  if (viewers?.some((count, index) => !Number.isInteger(count) || count <= (viewers[index - 1] ?? 0) || count > 64))
    throw new TypeError('--viewers must be whole numbers from 1 to 64, each above the one before');
  if (!isClip(clip)) throw new TypeError(`--clip must be ${Object.keys(CLIPS).join(' or ')}`);
  if (network !== undefined && network !== 'veth' && network !== 'loopback')
    throw new TypeError('--network must be veth or loopback');
  return { seconds, viewers, clip, network, senders: values.senders?.split(','), minutes, seed };
}

function isClip(name: string): name is keyof typeof CLIPS {
  return Object.hasOwn(CLIPS, name);
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof TypeError ? `${error.message}\nTry --help.` : (error as Error).stack}\n`);
  process.exit(1);
}

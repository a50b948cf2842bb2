import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { delay } from './benches/delay.ts';
import { glassToGlass } from './benches/glass-to-glass.ts';
import { input } from './benches/input.ts';
import { join } from './benches/join.ts';
import { joinStorm } from './benches/join-storm.ts';
import { load } from './benches/load.ts';
import { slowViewer } from './benches/slow-viewer.ts';
import { stalledViewer } from './benches/stalled-viewer.ts';
import { webSocket } from './benches/websocket.ts';
import { table } from './harness/table.ts';
import type { Row } from './harness/types.ts';

const BENCHES = [delay, load, webSocket, join, joinStorm, stalledViewer, slowViewer, input, glassToGlass];
const NAMES = BENCHES.map(({ name }) => name);
const HELP = `Measures the figures to hold (docs/architecture.md). Nothing passes or fails.

Usage: npm run bench -- [options]

  --only NAME    one of ${NAMES.join(', ')}; may be repeated
  --seconds N    length of each measured stretch            (10)
  --json         JSON instead of a table
  --help         this text
`;

const progress = (text: string) => void process.stderr.write(`${text}\n`);

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true },
      seconds: { type: 'string', default: '10' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const seconds = Number(values.seconds);
  const unknown = values.only?.find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new TypeError(`There is no bench called ${unknown}; choose from ${NAMES.join(', ')}`);
  if (!(seconds > 0)) throw new TypeError('--seconds must be a number above 0');
  const rows: Row[] = [];
  for (const { name, run } of BENCHES) {
    if (values.only?.includes(name) === false) continue;
    progress(`${name}: starting`);
    rows.push(...(await run({ seconds, progress: (text) => progress(`${name}: ${text}`) })));
  }
  const machine = `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${seconds} s per measurement`;
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine, rows }, null, 2)}\n` : `${machine}\n\n${table(rows)}\n`,
  );
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof TypeError ? `${error.message}\nTry --help.` : (error as Error).stack}\n`);
  process.exit(1);
}

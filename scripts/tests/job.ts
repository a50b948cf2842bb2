// One process of `npm test`: runs the given test files one after another, prints their output, and reports each result on file
// descriptor 3, one line of JSON per test (TestResult).
import { writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { cpuMs } from './cpu.ts';
import { thrownText } from './failure-text.ts';
import { leftBehind, STARTED_BY } from './left-behind.ts';

export interface TestResult {
  name: string;
  file: string;
  passed: boolean;
  ms: number;
  /** Processor time since the test before it, also of processes that ended meanwhile (on Linux). */
  cpuMs: number;
  /** What it threw; empty if it passed. */
  thrown: string;
}

const RESULTS = 3;
/** A process that does not end by itself after its tests has left something open. */
const END_LIMIT_MS = 30_000;
/** Standard output and standard error, in Node's list of what is open. */
const OWN_PIPES = ['PipeWrap', 'PipeWrap'].join(' ');

const files = process.argv.slice(2);
const stream = run({
  files: [fileURLToPath(new URL('load-files.ts', import.meta.url))],
  isolation: 'none',
});
/** Of the previous event: nested tests are reported before their parent. */
let nesting = 0;
let cpuBefore = 0;
const take =
  (passed: boolean) =>
  (event: {
    name: string;
    file?: string;
    nesting: number;
    skip?: unknown;
    todo?: unknown;
    details: { type?: string | undefined; duration_ms: number; error?: Error & { failureType?: string } };
  }) => {
    const isGroup = nesting > event.nesting;
    nesting = event.nesting;
    // A suite itself fails when its hooks do, or its file cannot be loaded.
    if (event.details.type === 'suite' && (passed || event.details.error?.failureType === 'subtestsFailed')) return;
    const cpuNow = cpuMs();
    // Skipped and todo tests count as failed: they must not look green.
    const isFile = files.includes(event.name);
    const result: TestResult = {
      name: isFile ? 'the file itself: its hooks, or loading it' : event.name,
      file: isFile ? resolve(event.name) : (event.file ?? files[0]!),
      passed: passed && event.skip === undefined && event.todo === undefined,
      ms: isGroup ? 0 : event.details.duration_ms,
      cpuMs: cpuNow - cpuBefore,
      thrown: event.details.error === undefined ? '' : thrownText(event.details.error),
    };
    cpuBefore = cpuNow;
    writeSync(RESULTS, `${JSON.stringify(result)}\n`);
  };
stream.on('test:pass', take(true));
stream.on('test:fail', take(false));
// The runner waits for ever for a process that has something open: detected by counting what started and ended.
let running = 0;
let end: NodeJS.Timeout | undefined;
stream.on('test:enqueue', (event) => {
  if (event.nesting > 0) return;
  running++;
  clearTimeout(end);
});
stream.on('test:complete', (event) => {
  if (event.nesting > 0 || --running > 0) return;
  end = setTimeout(() => {
    const open = process.getActiveResourcesInfo().sort().join(' ');
    const alive = leftBehind(process.env[STARTED_BY] ?? '').map(({ pid, command }) => `\n  ${pid} ${command}`);
    // node-datachannel sometimes loses the end of a connection and then keeps the process; Node's list does not have it.
    if (open === OWN_PIPES && alive.length === 0) {
      process.stdout.write('ℹ held open by native code alone, and ended\n');
      process.exit(0);
    }
    process.stderr.write(`does not end: ${open}${alive.join('')}\n`);
    process.exit(1);
  }, END_LIMIT_MS).unref();
});
for await (const text of stream.compose(spec)) process.stdout.write(text);

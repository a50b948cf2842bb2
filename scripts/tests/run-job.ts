import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Job } from './files.ts';
import type { TestResult } from './job.ts';
import { type LeftBehind, leftBehind, STARTED_BY } from './left-behind.ts';

const ENTRY = fileURLToPath(new URL('job.ts', import.meta.url));
/** A test that hangs is ended and counts as failed, and so are all tests of a file together. */
const FILE_LIMIT_MS = 5 * 60_000;
/** A process that hangs all the same is ended. */
const LIMIT_MS = 15 * 60_000;

export interface JobOutcome {
  results: TestResult[];
  /** Why the process itself counts as failed; null: it does not. */
  fault: string | null;
  /** Everything that it printed. */
  output: string;
  /** How long it lived after its last test. */
  endMs: number;
  /** Commands of processes that it started and left running; they have been killed. */
  left: string[];
}

/** `print` gets what the process prints as it happens. */
export async function runJob(job: Job, print: (text: string) => void = () => {}): Promise<JobOutcome> {
  const mark = randomUUID();
  // As a flag: `timeout` of run() is for processes of its own, and no test here is one.
  const child = spawn(process.execPath, [`--test-timeout=${FILE_LIMIT_MS}`, ENTRY, ...job.files], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, [STARTED_BY]: mark },
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      print(text);
    });
  }
  const results: TestResult[] = [];
  let resultAt = performance.now();
  createInterface({ input: child.stdio[3] as Readable }).on('line', (line) => {
    const result = JSON.parse(line) as TestResult;
    resultAt = performance.now();
    results.push({ ...result, file: relative(process.cwd(), result.file) });
  });
  let isLate = false;
  let left: LeftBehind[] = [];
  const endOthers = () => {
    left = leftBehind(mark);
    for (const { pid } of left) kill(pid);
  };
  // What it leaves would hold its pipes open, and take time from the others.
  child.once('exit', endOthers);
  const limit = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, LIMIT_MS);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...end) => resolve(end)),
  );
  clearTimeout(limit);
  const endMs = performance.now() - resultAt;
  const silent = job.files.filter((file) => !results.some((result) => result.file === file));
  const fault = isLate
    ? `the process of ${job.files.join(', ')} did not end within ${LIMIT_MS / 60_000} minutes`
    : signal !== null || (code !== 0 && results.every(({ passed }) => passed))
      ? `the process of ${job.files.join(', ')} ended with ${signal ?? `exit code ${code}`}`
      : silent.length > 0
        ? `no test of ${silent.join(', ')} was run`
        : null;
  return { results, fault, output, endMs, left: left.map(({ command }) => command) };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

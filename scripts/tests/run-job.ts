import { spawn } from 'node:child_process';
import { relative } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Job } from './files.ts';
import type { TestResult } from './job.ts';

const ENTRY = fileURLToPath(new URL('job.ts', import.meta.url));
/** A process that hangs is ended; its tests have a limit of their own. */
const LIMIT_MS = 20 * 60_000;

export interface JobOutcome {
  results: TestResult[];
  /** Why the process itself counts as failed; null: it does not. */
  fault: string | null;
  /** Everything that it printed. */
  output: string;
  /** How long it lived after its last test. */
  endMs: number;
}

/** `print` gets what the process prints as it happens. */
export async function runJob(job: Job, print: (text: string) => void = () => {}): Promise<JobOutcome> {
  const child = spawn(process.execPath, [ENTRY, ...job.files], { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
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
    ? `the process did not end within ${LIMIT_MS / 60_000} minutes`
    : signal !== null || (code !== 0 && results.every(({ passed }) => passed))
      ? `the process ended with ${signal ?? `exit code ${code}`}`
      : silent.length > 0
        ? `no test of ${silent.join(', ')} was run`
        : null;
  return { results, fault, output, endMs };
}

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { TestResult } from './job.ts';
import { Report } from './report.ts';
import type { JobOutcome } from './run-job.ts';

const result = (file: string, passed: boolean, thrown = `the error of ${file}`): TestResult => ({
  name: 'a test',
  file,
  passed,
  ms: 1,
  cpuMs: 1,
  thrown: passed ? '' : thrown,
});
const outcome = (results: TestResult[], fault: string | null = null): JobOutcome => ({
  results,
  fault,
  output: '',
  endMs: 0,
  left: [],
});
const job = (...files: string[]) => ({ files, load: 'light' as const, needsBuild: false });

/** A run of `a`, which passes, and `b`, which fails; `then` may run files again. What it prints at its end. */
function run(t: TestContext, then: (report: Report) => void, thrown?: string): string {
  const printed: string[] = [];
  const { mock } = t.mock.method(process.stdout, 'write', (text: string) => printed.push(text) > 0);
  const report = new Report();
  report.job(job('a', 'b'), outcome([result('a', true), result('b', false, thrown)]), { isVerbose: false });
  assert.deepEqual(report.failedFiles, ['b']);
  then(report);
  report.end();
  mock.restore();
  return printed.join('');
}

test('what fails beside others and passes alone counts as passed, and is told', (t) => {
  const printed = run(t, (report) => report.again(outcome([result('b', true)])));
  assert.match(printed, /2 passed, 0 failed\n$/);
  assert.match(printed, /failed beside others, and passed alone.*\n✖ a test \(b\)\n {4}the error of b\n/);
});

for (const [how, again] of [
  ['fails alone too', outcome([result('b', false)])],
  ['is not run', outcome([])],
  ['ends in a fault', outcome([result('b', true)], 'the process of b ended with SIGSEGV')],
] as const)
  test(`what ${how} stays failed`, (t) => {
    assert.match(
      run(t, (report) => report.again(again)),
      /1 passed, 1 failed\n$/,
    );
  });

test('a check that failed stays failed', (t) => {
  const printed = run(t, (report) => {
    report.check('types', { ok: false, output: '' });
    report.again(outcome([result('b', true)]));
  });
  assert.match(printed, /2 passed, 1 failed\n$/);
});

test('a counterexample stays a failure, whatever the next seed finds', (t) => {
  const passes = (report: Report) => report.again(outcome([result('b', true)]));
  assert.match(run(t, passes, 'Error: Property failed after 305 tests\n{ seed: 1 }'), /1 passed, 1 failed\n$/);
});

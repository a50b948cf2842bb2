import { cpuMs } from './cpu.ts';
import { type Failure, failureLines } from './failure-text.ts';
import type { Job } from './files.ts';
import type { TestResult } from './job.ts';
import type { JobOutcome } from './run-job.ts';

const SLOWEST = 10;
/** A longer test must explain itself in a comment. */
const SLOW_MS = 20_000;
/** A process that lives longer after its last test has left a timer or the like open, and others wait for its place. */
const END_MS = 3_000;
/** What the reporter of node:test prints about a whole process. */
const SUMMARY = /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) /;

/** fast-check has found a counterexample: that is a fault, whatever it finds the next time. */
const COUNTEREXAMPLE = /^.*Property failed after/;

/** A failure, and the files that would show it again. */
type Found = Failure & { files: readonly string[] };

/** Counts results and prints them file by file: one line for what passed, everything for what failed, whose errors end the run. */
export class Report {
  readonly #results: TestResult[] = [];
  readonly #began = performance.now();
  #failures: Found[] = [];
  /** Failures of files that passed when they were run again, alone. */
  readonly #unsteady: Found[] = [];
  #passed = 0;

  /** Checks and the like count as one test each. */
  check(name: string, { ok, output }: { ok: boolean; output: string }): void {
    this.#count(ok ? null : { name, text: { printed: output }, files: [] });
    this.#line(ok, name);
    if (!ok) process.stdout.write(output);
  }

  /** `isVerbose`: prints all output, even of what passed. */
  job(job: Job, outcome: JobOutcome, { isVerbose }: { isVerbose: boolean }): void {
    const { results, fault, output } = outcome;
    this.#results.push(...results);
    for (const { passed, name, file, thrown } of results) {
      this.#count(passed ? null : { name: `${name} (${file})`, text: { thrown }, files: [file] });
    }
    if (fault !== null) this.#count({ name: fault, text: { printed: output }, files: job.files });
    this.#print(outcome, isVerbose);
  }

  get failed(): number {
    return this.#failures.length;
  }

  /** Files whose failures may come from what ran beside them. */
  get failedFiles(): string[] {
    return [...new Set(this.#failures.flatMap(({ files }) => files))];
  }

  /** Files that have been run again, alone: the failures of those that pass now are told, and count as passed. */
  again(outcome: JobOutcome): void {
    this.#print(outcome, false);
    const { results, fault } = outcome;
    const isSteady = (file: string) =>
      fault !== null ||
      results.every((result) => result.file !== file) ||
      results.some((result) => result.file === file && !result.passed);
    const { steady = [], unsteady = [] } = Object.groupBy(this.#failures, ({ files, text }) =>
      files.length === 0 || files.some(isSteady) || ('thrown' in text && COUNTEREXAMPLE.test(text.thrown))
        ? 'steady'
        : 'unsteady',
    );
    this.#failures = steady;
    this.#unsteady.push(...unsteady);
    this.#passed += unsteady.length;
  }

  #print({ results, fault, output, endMs, left }: JobOutcome, isVerbose: boolean): void {
    for (const [file, ofFile] of Map.groupBy(results, ({ file }) => file)) {
      const ms = ofFile.reduce((sum, result) => sum + result.ms, 0);
      const tests = `${ofFile.length} ${ofFile.length === 1 ? 'test' : 'tests'}`;
      this.#line(
        ofFile.every(({ passed }) => passed),
        `${file}  ${tests}, ${seconds(ms)}, ${seconds(cpuOf(ofFile))} CPU`,
      );
    }
    if (endMs > END_MS) print(`  ended only ${seconds(endMs)} after its last test: something was left open`);
    for (const command of left) print(`  left running, and ended now: ${command}`);
    if (fault !== null) this.#line(false, fault);
    if (isVerbose || fault !== null || results.some(({ passed }) => !passed)) process.stdout.write(output);
    else for (const line of output.split('\n')) if (/^\s*ℹ /.test(line) && !SUMMARY.test(line)) print(line);
  }

  end(): void {
    const slowest = this.#results.toSorted((a, b) => b.ms - a.ms).slice(0, SLOWEST);
    if (slowest.length > 0) print('the slowest:');
    for (const { ms, name, file } of slowest) {
      print(
        `${seconds(ms).padStart(8)}  ${name} (${file})${ms > SLOW_MS ? '  over 20 s: a comment must say why' : ''}`,
      );
    }
    const files = [...Map.groupBy(this.#results, ({ file }) => file)].map(([file, ofFile]) => ({
      file,
      cpu: cpuOf(ofFile),
    }));
    if (files.length > 0) print('the most processor time, browsers aside:');
    for (const { file, cpu } of files.toSorted((a, b) => b.cpu - a.cpu).slice(0, SLOWEST)) {
      print(`${seconds(cpu).padStart(8)}  ${file}`);
    }
    if (this.#unsteady.length > 0)
      print('failed beside others, and passed alone: what makes them unsteady wants to be found');
    for (const line of failureLines(this.#unsteady)) print(line);
    if (this.#failures.length > 0 && this.#unsteady.length > 0) print('failed:');
    for (const line of failureLines(this.#failures)) print(line);
    print(`took ${seconds(performance.now() - this.#began)}, and ${seconds(cpuMs())} of processor time`);
    print(`${this.#passed} passed, ${this.#failures.length} failed`);
  }

  #count(failure: Found | null): void {
    if (failure === null) this.#passed++;
    else this.#failures.push(failure);
  }

  #line(ok: boolean, text: string): void {
    const at = seconds(performance.now() - this.#began).padStart(7);
    print(`${at} ${ok ? '✔' : '✖'} ${text}`);
  }
}

function cpuOf(results: readonly TestResult[]): number {
  return results.reduce((sum, result) => sum + result.cpuMs, 0);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

import { globSync, readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { clamp } from '../../packages/contract/clamp.ts';

/** Test files that run in one process, one after another. */
export interface Job {
  files: string[];
  /** `alone`: while nothing else runs. `heavy`: has pages in a browser, so only a few run at once. */
  load: 'alone' | 'heavy' | 'light';
  /** They open pages of the web app. */
  needsBuild: boolean;
}

const UNIT = ['packages/**/*.test.ts', 'scripts/**/*.test.ts'];
const ALL = [...UNIT, 'examples/**/*.test.ts', 'e2e/**/*.test.ts'];

/** Packages whose tests need no process, browser or server. */
const PURE = /^packages\/(bitstream|client|contract|gamestream|sans-io|web)\//;
const NEEDS_BUILD = /^(e2e|examples)\//;
/** Bytes of test files in one process: loading modules costs more than most tests do. */
const JOB_BYTES = { pure: 300_000, unit: 120_000, 'end to end': 20_000 };
/** Processes get smaller with what is left, down to this, so that none of the last ones takes long; 1 is a whole JOB_BYTES. */
const SHRINK = { shareOfRest: 1 / 4, least: 1 / 2 };

/** Marks a file that must run alone, with the reason. */
const ALONE = /^\/\/ Runs alone: /m;
/** A mock at the top of a file affects all files in its process. */
const MOCKS_FOR_ALL = /^const .*\bmock\.method\(/m;
/** Marks a file that mostly waits, with what for: it begins early, beside others that need the processors. */
const WAITS = /^\/\/ Mostly waits: /m;
const USES_BROWSER = /launchChromium|ChromiumPages|FirefoxPage/;
/** Takes about three times as long as others of its length: runs on each of three kinds of host, or encodes pictures in its process. */
const IS_LONG = /^for \(const like of |^import .*\b(OpusEncoder|startVirtualHost|VideoEncoder)\b/m;
const LONG = 3;

/** Paths from the repository's root, with slashes, that contain one of the patterns; all if there are none. */
export function testFiles(kind: 'unit' | 'all', patterns: readonly string[]): string[] {
  const paths = globSync(kind === 'unit' ? UNIT : ALL, { exclude: (path) => path === 'node_modules' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !path.includes('node_modules/'));
  return paths.filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)));
}

interface TestFile {
  path: string;
  load: Job['load'];
  waits: boolean;
  /** Files of one group may share a process. */
  group: string;
  /** How much of a process it is worth, judged by its length. */
  size: number;
}

/** Those with browsers first, then those that wait, and otherwise the longest. */
export function jobsOf(paths: readonly string[]): Job[] {
  const groups = Map.groupBy([...paths].sort().map(inspect), ({ group }) => group);
  const jobs = [...groups.values()].flatMap(split);
  const isHeavy = ([first]: TestFile[]) => Number(first!.load === 'heavy');
  const waits = (files: TestFile[]) => Number(files.some((file) => file.waits));
  return jobs
    .sort((a, b) => isHeavy(b) - isHeavy(a) || waits(b) - waits(a) || sizeOf(b) - sizeOf(a))
    .map((files) => ({
      files: files.map(({ path }) => path),
      load: files[0]!.load,
      needsBuild: files.some(({ path }) => NEEDS_BUILD.test(path)),
    }));
}

function inspect(path: string): TestFile {
  const source = readFileSync(path, 'utf8');
  const kind = PURE.test(path) ? 'pure' : /^(packages|scripts)\//.test(path) ? 'unit' : 'end to end';
  const load = ALONE.test(source) ? 'alone' : kind === 'end to end' && USES_BROWSER.test(source) ? 'heavy' : 'light';
  const isSingle = load === 'alone' || MOCKS_FOR_ALL.test(source);
  const folder = kind === 'end to end' ? kind : path.split('/').slice(0, 2).join('/');
  return {
    path,
    load,
    waits: WAITS.test(source),
    group: isSingle ? path : `${folder} ${load}`,
    size: ((IS_LONG.test(source) ? LONG : 1) * Buffer.byteLength(source)) / JOB_BYTES[kind],
  };
}

/** Into processes: each file goes where there is room for it. */
function split(files: readonly TestFile[]): TestFile[][] {
  const jobs: { files: TestFile[]; room: number }[] = [];
  let rest = sizeOf(files);
  for (const file of files) {
    let job = jobs.find(({ room }) => room >= file.size);
    if (job === undefined) {
      job = { files: [], room: clamp(rest * SHRINK.shareOfRest, SHRINK.least, 1) };
      jobs.push(job);
    }
    job.files.push(file);
    job.room -= file.size;
    rest -= file.size;
  }
  return jobs.map((job) => job.files);
}

function sizeOf(files: readonly TestFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

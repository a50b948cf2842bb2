import { globSync, readFileSync, statSync } from 'node:fs';
import { sep } from 'node:path';

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
const PURE = /^packages\/(bitstream|client|contract|gamestream|web)\//;
/** The server's command line has a test that opens the link it prints. */
const NEEDS_BUILD = /^(e2e|examples|packages\/server)\//;
/** Loading modules costs more than most tests: about this much per process is enough work, and keeps the last one short. */
const JOB_BYTES = { pure: 300_000, unit: 60_000, 'end to end': 1 };

/** Marks a file that must run alone, with the reason. */
const ALONE = /^\/\/ Runs alone: /m;
/** A mock at the top of a file affects all files in its process. */
const MOCKS_FOR_ALL = /^const .*\bmock\.method\(/m;
const USES_BROWSER = /launchChromium|FirefoxPage/;
/** Runs its tests on each of three kinds of host. */
const ON_EACH_HOST = /^for \(const like of /m;

/** Paths from the repository's root, with slashes, that contain one of the patterns; all if there are none. */
export function testFiles(kind: 'unit' | 'all', patterns: readonly string[]): string[] {
  const paths = globSync(kind === 'unit' ? UNIT : ALL, { exclude: (path) => path === 'node_modules' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !path.includes('node_modules/'));
  return paths.filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)));
}

/** Longest first, judged by how large the files are for their kind. */
export function jobsOf(files: readonly string[]): Job[] {
  const jobs: (Job & { group: string; bytes: number; room: number })[] = [];
  for (const file of [...files].sort()) {
    const source = readFileSync(file, 'utf8');
    const kind = PURE.test(file) ? 'pure' : /^(packages|scripts)\//.test(file) ? 'unit' : 'end to end';
    const load = ALONE.test(source) ? 'alone' : kind === 'end to end' && USES_BROWSER.test(source) ? 'heavy' : 'light';
    const isSingle = load === 'alone' || MOCKS_FOR_ALL.test(source);
    const folder = kind === 'end to end' ? kind : file.split('/').slice(0, 2).join('/');
    const group = isSingle ? file : `${folder} ${load}`;
    const room = JOB_BYTES[kind];
    const bytes = statSync(file).size * (ON_EACH_HOST.test(source) ? 3 : 1);
    const job = jobs.find((other) => other.group === group && other.bytes + bytes <= room);
    if (job === undefined) {
      jobs.push({ files: [file], load, needsBuild: NEEDS_BUILD.test(file), group, bytes, room });
    } else {
      job.files.push(file);
      job.bytes += bytes;
    }
  }
  return jobs.sort(
    (a, b) => Number(b.load === 'heavy') - Number(a.load === 'heavy') || b.bytes / b.room - a.bytes / a.room,
  );
}

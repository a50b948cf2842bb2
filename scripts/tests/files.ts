import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, sep } from 'node:path';

/** Test files that run in one process, one after another. */
export interface Job {
  files: string[];
  /** `alone`: while nothing else runs. `heavy`: starts browsers or whole servers, so only a few run at once. */
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
const JOB_BYTES = { pure: 300_000, other: 40_000 };

/** Marks a file that must run alone, with the reason. */
const ALONE = /^\/\/ Runs alone: /m;
/** What affects every test in a process, so that the file needs one of its own: top-level hooks and mocks. */
const CHANGES_ALL = /^(before|after|beforeEach|afterEach)\(|^const .*\bmock\.method\(/m;

/** Paths from the repository's root, with slashes, that contain one of the patterns; all if there are none. */
export function testFiles(kind: 'unit' | 'all', patterns: readonly string[]): string[] {
  const paths = globSync(kind === 'unit' ? UNIT : ALL, { exclude: (path) => path === 'node_modules' })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => !path.includes('node_modules/'));
  return paths.filter((path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern)));
}

/** Longest first, judged by file size. */
export function jobsOf(files: readonly string[]): Job[] {
  const jobs: (Job & { folder: string; bytes: number })[] = [];
  for (const file of [...files].sort()) {
    const isPure = PURE.test(file);
    const source = readFileSync(file, 'utf8');
    const load = ALONE.test(source) ? 'alone' : /^(packages|scripts)\//.test(file) ? 'light' : 'heavy';
    const isSingle = load !== 'light' || CHANGES_ALL.test(source);
    const folder = isPure ? file.split('/').slice(0, 2).join('/') : dirname(file);
    const bytes = statSync(file).size;
    const room = isPure ? JOB_BYTES.pure : JOB_BYTES.other;
    const job = isSingle ? undefined : jobs.find((other) => other.folder === folder && other.bytes + bytes <= room);
    if (job === undefined) {
      const needsBuild = NEEDS_BUILD.test(file);
      jobs.push({ files: [file], load, needsBuild, folder: isSingle ? file : folder, bytes });
    } else {
      job.files.push(file);
      job.bytes += bytes;
    }
  }
  return jobs.sort((a, b) => Number(b.load === 'heavy') - Number(a.load === 'heavy') || b.bytes - a.bytes);
}

// `npm test`: all checks and all tests, in parallel; ends with `N passed, N failed`. `npm run test:unit`: the tests of the packages.
// `npm test -- PATTERN...`: the test files whose path contains one of the patterns, with everything they print.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shareChromium } from '../e2e/harness/chromium.ts';
import { CHECKS } from './checks.ts';
import { needsDevelopment } from './development.ts';
import { runCommand } from './tests/command.ts';
import { type Job, jobsOf, testFiles } from './tests/files.ts';
import { makeKeys } from './tests/make-keys.ts';
import { keepFilesInMemory } from './tests/memory-directory.ts';
import { inPool, type PoolLimits, type Task } from './tests/pool.ts';
import { needsPrograms } from './tests/programs.ts';
import { Report } from './tests/report.ts';
import { runJob } from './tests/run-job.ts';

/** For two processors, and more of them while they are idle: tests mostly wait, those with browsers less. */
const AT_ONCE: PoolLimits = { least: 4, most: 8, heavy: { least: 2, most: 3 } };
const ONE: PoolLimits = { least: 1, most: 1, heavy: { least: 1, most: 1 } };
/** So many failures may come from what ran beside them, and their files are run once more, alone; more of them do not. */
const AGAIN_AT_MOST = 6;
const FUZZ_SECONDS = 10;
const BUILD_ADDON = fileURLToPath(new URL('../packages/webrtc/native/build.ts', import.meta.url));
const COMPILE = fileURLToPath(new URL('tests/compile.ts', import.meta.url));

const { values, positionals: patterns } = parseArgs({
  options: { unit: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const isWhole = !values.unit && patterns.length === 0;
const jobs = jobsOf(testFiles(values.unit ? 'unit' : 'all', patterns));
if (jobs.length === 0) {
  process.stderr.write(`No test file's path contains ${patterns.join(' or ')}.\n`);
  process.exit(1);
}
needsDevelopment('npm test', 'vite', 'node-av', 'playwright-core');
needsPrograms({ isWhole });

// Keeps out the settings of a server run from this directory.
process.env.MOONSHARE_CONFIG = fileURLToPath(
  new URL('../packages/server/cli/testing/no-settings.json', import.meta.url),
);
// Types are stripped and code is compiled once for all processes that tests start.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compiled-for-tests', import.meta.url));

// Once, before anything that would build it too.
process.stdout.write((await runCommand([process.execPath, BUILD_ADDON])).output);
const report = new Report();
const check = (name: string, command: readonly [string, ...string[]]): Task => ({
  isHeavy: false,
  run: async () => report.check(name, await runCommand(command)),
});
const build = async () => {
  await check('web app', ['npm', 'run', '-s', 'build']).run();
  process.env.TESTS_WEB_APP_IS_BUILT = 'yes';
};
await Promise.all([
  jobs.some(({ needsBuild }) => needsBuild) && build(),
  patterns.length === 0 && runCommand([process.execPath, COMPILE]),
  makeKeys(),
]);
const browser = jobs.some(({ load }) => load === 'heavy') ? await shareChromium() : null;
// With patterns everything is printed, and for a single job as it happens.
const isVerbose = patterns.length > 0;
const print = isVerbose && jobs.length === 1 ? (text: string) => void process.stdout.write(text) : undefined;
keepFilesInMemory();
const taskOf = (job: Job): Task => ({
  isHeavy: job.load === 'heavy',
  run: async () => report.job(job, await runJob(job, print), { isVerbose: isVerbose && print === undefined }),
});
const tasks = jobs.filter(({ load }) => load !== 'alone').map(taskOf);
if (isWhole) {
  // They take long for what they are, so they begin before the many short ones.
  tasks.splice(
    tasks.filter(({ isHeavy }) => isHeavy).length,
    0,
    ...CHECKS.map(({ name, command }) => check(name, command)),
    check('fuzz run, short', ['node', 'scripts/fuzz.ts', '--seconds', String(FUZZ_SECONDS)]),
  );
}
await inPool(tasks, AT_ONCE);
await inPool(jobs.filter(({ load }) => load === 'alone').map(taskOf), ONE);
const { failed, failedFiles } = report;
if (isWhole && failedFiles.length > 0 && failed <= AGAIN_AT_MOST) {
  process.stdout.write(`once more, alone: ${failedFiles.join(', ')}\n`);
  const again = async (job: Job) => report.again(await runJob(job));
  await inPool(
    jobsOf(failedFiles).map((job) => ({ isHeavy: false, run: () => again(job) })),
    ONE,
  );
}
await browser?.close();
report.end();
process.exitCode = report.failed > 0 ? 1 : 0;

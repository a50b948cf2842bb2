// `npm test`: lint, types, arrows, then every test of the packages and the browser tests. Ends with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { needsDevelopment } from './development.ts';

const CHROMIUM = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** A test that hangs is ended and counted as failed, and so is a file whose process does not end. */
const TEST_TIMEOUT_MS = 5 * 60_000;
const FILE_LIMIT = ['--import', new URL('file-limit.ts', import.meta.url).href];

// Not those of a server that somebody runs in this directory.
process.env.MOONSHARE_CONFIG = fileURLToPath(
  new URL('../packages/server/cli/testing/no-settings.json', import.meta.url),
);

// Types are stripped and code is compiled once for all the processes that tests start.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/compiled-for-tests', import.meta.url));

const total = { passed: 0, failed: 0 };

function step(name: string, command: string, ...args: string[]): void {
  process.stdout.write(`- ${name}\n`);
  const { status } = spawnSync(command, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (status === 0) total.passed += 1;
  else total.failed += 1;
}

/** What is skipped, cancelled or to do counts as failed: it must not look green. */
async function tests(name: string, pattern: string, concurrency: number): Promise<void> {
  process.stdout.write(`- ${name}\n`);
  const stream = run({ globPatterns: [pattern], concurrency, timeout: TEST_TIMEOUT_MS, execArgv: FILE_LIMIT });
  stream.on('test:summary', (summary) => {
    if (summary.file !== undefined) return;
    total.passed += summary.counts.passed;
    total.failed += summary.counts.tests - summary.counts.passed;
  });
  for await (const text of stream.compose(spec)) process.stdout.write(text);
}

/** What npm does not bring. */
function missingPrograms(): string[] {
  const missing = ['curl', 'openssl'].filter((name) => spawnSync(name, ['--version']).error !== undefined);
  try {
    accessSync(CHROMIUM, constants.X_OK);
  } catch {
    missing.unshift('chromium');
  }
  return missing;
}

needsDevelopment('npm test', 'vite', 'node-av', 'playwright-core');
const missing = missingPrograms();
if (missing.length > 0) {
  process.stderr.write(
    `The tests need ${missing.join(' and ')}: apt-get install ${missing.join(' ')} (Chromium is looked for at ${CHROMIUM}; CHROMIUM_PATH says where else).\n`,
  );
  process.exit(1);
}
step('lint and format', 'biome', 'check', '.');
step('types', 'tsc', '--noEmit');
step('unused code', 'knip', '--no-progress');
step('import arrows', 'node', 'scripts/check-arrows.ts');
step('references', 'node', 'scripts/check-references.ts');
step('error docs', 'node', 'scripts/error-docs.ts', '--check');
step('settings docs', 'node', 'scripts/settings-docs.ts', '--check');
step('licences', 'node', 'scripts/license-docs.ts', '--check');
step('SBOM', 'node', 'scripts/sbom.ts', '--check');
step('fuzz run, short', 'node', 'scripts/fuzz.ts', '--seconds', '10');
step('web app', 'npm', 'run', '-s', 'build');
await tests('tests of the packages', 'packages/**/*.test.ts', 2);
await tests('tests of the scripts', 'scripts/**/*.test.ts', 1);
await tests('examples', 'examples/**/*.test.ts', 1);
await tests('tests in the browser', 'e2e/**/*.test.ts', 1);
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed === 0 ? 0 : 1;

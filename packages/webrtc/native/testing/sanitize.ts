// `npm run sanitize [-- --seconds N]`: the addon under sanitizers, for N seconds each (default 60). The parts that need no Node run in a
// program of their own, with AddressSanitizer and UndefinedBehaviorSanitizer, then with ThreadSanitizer; then the addon's tests and
// the fuzz run of DTLS in Node, with the addon built with the first two.
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, globSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileDriver, type Sanitizer } from './driver.ts';

const PACKAGE = join(import.meta.dirname, '../..');
const ROOT = join(PACKAGE, '../..');
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seed = String(Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'sanitize-'));
try {
  for (const sanitizer of ['address,undefined', 'thread'] as const)
    finish(`${sanitizer}, ${values.seconds} s, seed ${seed}`, drive(sanitizer));
  const problem = copyWithSanitizers();
  if (problem !== null) finish('built for Node', problem);
  else {
    const files = globSync('packages/webrtc/{dtls,srtp,socket,fanout}/**/*.test.ts', { cwd: folder });
    finish('tests in Node', runInNode('--test', ...files));
    finish('DTLS, fuzzed in Node', runInNode('scripts/fuzz.ts', '--only', 'webrtc-dtls', '--seconds', values.seconds));
  }
} finally {
  rmSync(folder, { recursive: true });
}

function finish(what: string, problem: string | null): void {
  process.stdout.write(problem === null ? `✔ ${what}\n` : `✖ ${what}: ${problem}\n`);
  if (problem !== null) process.exitCode = 1;
}

/** Returns what is wrong, or null. */
function drive(sanitizer: Sanitizer): string | null {
  const program = join(folder, 'drive');
  const problem = compileDriver(program, sanitizer);
  if (problem !== null) return problem;
  const { status } = spawnSync(program, [values.seconds, seed], { stdio: ['ignore', 'ignore', 'inherit'] });
  return status === 0 ? null : `ended with ${status}`;
}

/** Makes a copy whose addon has the sanitizers, so that nobody else loads it. Returns what is wrong, or null. */
function copyWithSanitizers(): string | null {
  const copy = join(folder, 'packages/webrtc');
  cpSync(PACKAGE, copy, { recursive: true, filter: (path) => !/\/(build|node_modules)$/.test(path) });
  for (const name of ['package.json', 'scripts']) cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  const others = readdirSync(join(ROOT, 'packages')).filter((name) => name !== 'webrtc');
  for (const path of ['node_modules', 'fixtures', ...others.map((name) => `packages/${name}`)])
    symlinkSync(join(ROOT, path), join(folder, path));
  const compiler = join(folder, 'cc');
  writeFileSync(compiler, '#!/bin/sh\nexec cc -g -fsanitize=address,undefined -fno-sanitize-recover=all "$@"\n');
  chmodSync(compiler, 0o755);
  const { stderr } = spawnSync(process.execPath, [join(copy, 'native/build.ts')], {
    env: { ...process.env, CC: compiler },
    encoding: 'utf8',
  });
  return stderr === '' ? null : stderr.trim();
}

/** Runs Node in the copy. Returns what is wrong, or null. */
function runInNode(...args: string[]): string | null {
  const library = (name: string) =>
    spawnSync('cc', [`-print-file-name=${name}.so`], { encoding: 'utf8' }).stdout.trim();
  const { status } = spawnSync(process.execPath, args, {
    cwd: folder,
    stdio: 'inherit',
    env: {
      ...process.env,
      LD_PRELOAD: `${library('libasan')}:${library('libubsan')}`,
      // V8 frees nothing at its end.
      ASAN_OPTIONS: 'detect_leaks=0',
    },
  });
  return status === 0 ? null : `ended with ${status}`;
}

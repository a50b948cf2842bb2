// `npm run sanitize [-- --seconds N]`: the addon under sanitizers, for N seconds each (default 60). The parts that need no Node run in a
// program of their own, with AddressSanitizer and UndefinedBehaviorSanitizer, then with ThreadSanitizer; then the addon's tests and
// the fuzz run of what it reads from the wire in Node, with the addon built with the first two.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileDriver, type Sanitizer } from './driver.ts';
import { SanitizedCopy } from './sanitized-copy.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' } } });
const seed = String(Date.now() % 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'sanitize-'));
try {
  for (const sanitizer of ['address,undefined', 'thread'] as const)
    finish(`${sanitizer}, ${values.seconds} s, seed ${seed}`, drive(sanitizer));
  const copy = new SanitizedCopy(folder);
  const problem = copy.build();
  if (problem !== null) finish('built for Node', problem);
  else {
    const files = globSync('packages/webrtc/{dtls,srtp,socket,fanout}/**/*.test.ts', { cwd: folder });
    finish('tests in Node', ended(copy.run(['--test', ...files], 'inherit')));
    const fuzz = ['scripts/fuzz.ts', '--only', 'webrtc-native', '--seconds', values.seconds, '--seed', seed];
    finish('fuzzed in Node', ended(copy.run(fuzz, 'inherit')));
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
  return ended({ status });
}

function ended({ status }: { status: number | null }): string | null {
  return status === 0 ? null : `ended with ${status}`;
}

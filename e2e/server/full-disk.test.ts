// Mostly waits: for servers to notice that a disk has room again.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';

const CASES = fileURLToPath(new URL('./full-disk.cases.ts', import.meta.url));

/** Root on Linux, or root in a container that allows it. */
const mayMount = process.platform === 'linux' && spawnSync('unshare', ['-m', 'true']).status === 0;

// Over 20 s on a busy machine: seven cases, each with servers of its own that notice only after a while that there is room again.
test('revoking and ending take effect even on a full disk (cases in full-disk.cases.ts)', {
  skip: !mayMount && 'only root may mount a small disk',
}, async (context) => {
  const DISK = temporaryDirectory(context, 'moonshare-disk-');
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const command = 'mount -t tmpfs -o size=3m tmpfs "$DISK" && exec "$0" --test-reporter=spec "$1"';
  const cases = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', command, process.execPath, CASES], {
    env: { ...environment, DISK },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: context.signal,
  });
  const [output, errors, [code]] = await Promise.all([text(cases.stdout), text(cases.stderr), once(cases, 'exit')]);
  assert.equal(code, 0, `${output}\n${errors}`);
  assert.match(output, /tests 8\n[\s\S]*pass 8\n/);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadNative } from './load.ts';
import { compileDriver } from './testing/driver.ts';

const native = loadNative();

// The short form of `npm run sanitize`.
test('queue, numbering, sending and parsing hold under AddressSanitizer, with a kernel that refuses at random', {
  skip: 'reason' in native && native.reason,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'drive-'));
  try {
    const program = join(folder, 'drive');
    assert.equal(compileDriver(program, 'address,undefined'), null);
    const { status, stderr } = spawnSync(program, ['0.2', '1'], { encoding: 'utf8' });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

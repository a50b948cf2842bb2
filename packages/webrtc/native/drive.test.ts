import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadNative } from './load.ts';
import { compileDriver } from './testing/driver.ts';
import { SanitizedCopy } from './testing/sanitized-copy.ts';

const native = loadNative();

// Both are the short form of `npm run sanitize`.
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

test('DTLS, SRTCP and AES-GCM hold under AddressSanitizer in Node, with damaged input', {
  skip: 'reason' in native && native.reason,
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sanitized-'));
  try {
    const copy = new SanitizedCopy(folder);
    assert.equal(copy.build(), null);
    const fuzz = ['scripts/fuzz.ts', '--only', 'webrtc-native', '--runs', '40', '--seconds', '60', '--seed', '1'];
    const { status, stderr, stdout } = copy.run(fuzz, 'pipe');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /^ +40 {2}webrtc-native-dtls$/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

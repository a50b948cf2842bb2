import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pino } from 'pino';
import { ForkedWorker, STREAMER_FLAGS } from './forked-worker.ts';

test('a streamer runs with the flags that keep the collector of V8 cheap', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'worker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, 'setInterval(() => {}, 1000);');
  const worker = new ForkedWorker({
    entry,
    cacheDirectory: folder,
    memoryLimit: Number.POSITIVE_INFINITY,
    log: pino({ level: 'silent' }),
  });
  const exited = once(worker, 'exit');
  const [, ...line] = readFileSync(`/proc/${worker.pid}/cmdline`, 'utf8').split('\0');
  assert.deepEqual(line.slice(0, -1), [...STREAMER_FLAGS, entry]);
  assert.ok(STREAMER_FLAGS.some((flag) => flag.startsWith('--max-semi-space-size=')));
  worker.kill('enough');
  await exited;
});

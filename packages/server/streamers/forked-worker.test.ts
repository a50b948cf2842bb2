import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FromStreamer, ToStreamer } from '@moonshare/contract';
import { pino } from 'pino';
import { ForkedWorker, STREAMER_FLAGS } from './forked-worker.ts';

const MATCHES_NOT = { type: 'addPeer', peerId: '', role: 'king' } as unknown as ToStreamer;

test('a streamer runs with the flags that keep the collector of V8 cheap, and with one heap of C', {
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
  const environment = readFileSync(`/proc/${worker.pid}/environ`, 'utf8').split('\0');
  assert.ok(environment.includes('MALLOC_ARENA_MAX=1'));
  assert.ok(STREAMER_FLAGS.some((flag) => flag.startsWith('--max-semi-space-size=')));
  worker.kill('enough');
  await exited;
});

test('what does not match the contract never reaches a streamer, and is logged', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'worker-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const entry = join(folder, 'entry.js');
  writeFileSync(entry, "process.on('message', ({ type }) => process.send({ type: 'peerOpened', peerId: type }));");
  const lines: { msg: string }[] = [];
  const log = pino({ level: 'error' }, { write: (line) => lines.push(JSON.parse(line)) });
  const worker = new ForkedWorker({ entry, cacheDirectory: folder, memoryLimit: Number.POSITIVE_INFINITY, log });
  const exited = once(worker, 'exit');
  const told = once(worker, 'message') as Promise<[FromStreamer]>;
  worker.send(MATCHES_NOT);
  const socket = new Socket();
  worker.send({ type: 'mediaSocket' } as ToStreamer, socket);
  assert.ok(socket.destroyed);
  worker.send({ type: 'launchGranted' });
  assert.deepEqual(await told, [{ type: 'peerOpened', peerId: 'launchGranted' }]);
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    Array(2).fill('a message to the streamer does not match the contract'),
  );
  worker.kill('enough');
  await exited;
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { childrenOf, isAlive, until } from '../../packages/server/testing/processes.ts';
import { decoderPids, image, shoot, started } from '../harness/screenshots.ts';

const PATIENT = 'timeout_ms=60000';

test('a decoder that is killed or hangs costs its requests a moment, and viewers and streamer nothing', async (context) => {
  const server = await started(context);
  const streamers = childrenOf(process.pid, 'streamer/main.ts');
  await image(shoot(server, 'a', PATIENT));
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    // Twice, so that it follows the stream.
    await image(shoot(server, 'a', PATIENT));
    const [decoder, ...others] = decoderPids();
    assert.deepEqual(others, []);
    process.kill(decoder!, signal);
    await image(shoot(server, 'a', PATIENT));
    assert.equal(isAlive(decoder!), false);
    assert.equal(decoderPids().length, 1);
  }
  assert.deepEqual(childrenOf(process.pid, 'streamer/main.ts'), streamers);
  assert.equal((await server.call('GET', '/api/streamers/a')).body.status, 'active');
});

test('who asks while the streamer or its host restarts gets a picture once there is one, or a code in time', async (context) => {
  const server = await started(context);
  await image(shoot(server, 'a', PATIENT));
  const [streamer] = childrenOf(process.pid, 'streamer/main.ts');
  process.kill(streamer!, 'SIGKILL');
  await image(shoot(server, 'a', PATIENT));
  await image(shoot(server, 'a', PATIENT));

  const drop = (percent: number) =>
    fetch(`http://127.0.0.1:${server.host.httpPort + 40}/drop`, { method: 'POST', body: JSON.stringify({ percent }) });
  assert.equal((await drop(100)).ok, true);
  await until(async () => (await server.call('GET', '/api/streamers/a')).body.status !== 'active', 30_000);
  const late = await shoot(server, 'a', 'timeout_ms=200');
  assert.deepEqual([late.status, late.error.code], [409, 'STREAMER_NOT_ACTIVE']);
  const pending = shoot(server, 'a', PATIENT);
  await drop(0);
  await image(pending);
});

test('the end of the streamer answers those who wait, and ends the decoder', async (context) => {
  const server = await started(context);
  const waiting = server.call('POST', '/api/streamers/a/wait', {
    until: 'change',
    region: { x: 16, y: 216, width: 8, height: 8 },
    timeout_ms: 60_000,
  });
  await until(() => decoderPids().length === 1);
  await server.call('DELETE', '/api/streamers/a');
  const { status, body } = await waiting;
  assert.deepEqual([status, body.code], [410, 'STREAMER_STOPPED']);
  await until(() => decoderPids().length === 0);
});

test('a decoder that nobody needs any more ends', async (context) => {
  const server = await started(context);
  await image(shoot(server, 'a', PATIENT));
  assert.equal(decoderPids().length, 1);
  await until(() => decoderPids().length === 0, 60_000);
});

test('the requests of a streamer and the decoders of a server are bounded', async (context) => {
  const server = await started(context, {}, { MOONSHARE_MAX_DECODERS: '0' });
  const none = await shoot(server, 'a');
  assert.deepEqual([none.status, none.error.code], [503, 'DECODER_LIMIT']);
});

test('two hundred screenshots leave nothing behind', async (context) => {
  const server = await started(context);
  const small = 'max_edge=64';
  const memory = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;
  const files = () => readdirSync('/proc/self/fd').length;
  const take = async (count: number) => {
    for (let at = 0; at < count; at += 10)
      await Promise.all(Array.from({ length: 10 }, () => image(shoot(server, 'a', `${small}&${PATIENT}`))));
  };
  await take(80);
  const [decoder] = decoderPids();
  const before = { memory: memory(decoder!), files: files() };
  await take(120);
  assert.deepEqual(decoderPids(), [decoder]);
  assert.ok(files() <= before.files + 10, `${before.files} open files became ${files()}`);
  const grown = memory(decoder!) - before.memory;
  // One picture of this stream takes 0.35 MB.
  assert.ok(grown < 60, `the decoder grew by ${grown.toFixed(1)} MB`);
});

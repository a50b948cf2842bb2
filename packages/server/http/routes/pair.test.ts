import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EventReader } from '../../testing/event-reader.ts';
import { CREDENTIALS, pairChunks, startTestServer } from '../../testing/test-server.ts';

type Line = { Pin?: string } | string;

async function start(context: TestContext, environment: Record<string, string> = {}) {
  const server = await startTestServer(context, environment);
  const box = server.hosts.add('box');
  await server.call('PUT', '/api/host', { address: 'box' });
  const events = await EventReader.open(context, server.url);
  return {
    ...server,
    box,
    known: async () => (await server.call('GET', '/api/pair/0')).body,
    /** The next event with this state of the pairing, and its code. */
    told: async (state: string) => {
      const { data } = await events.event((event) => event.type === 'host.pairing' && event.data.state === state);
      return [data.host_id, data.error?.code ?? null];
    },
  };
}

test('the progress of a pairing is sent as events and kept: waiting, a wrong PIN, done', async (context) => {
  const { url, box, known, told, call } = await start(context);
  const { since, ...before } = await known();
  assert.deepEqual(
    [since, before],
    [null, { host_id: 0, client_certificates: { paired: 0, free: 0 }, state: 'none', error: null }],
  );
  for (const right of [false, true]) {
    const lines = pairChunks(url, 0);
    const { Pin } = (await lines.next()).value as { Pin: string };
    assert.deepEqual(await told('waiting'), [0, null]);
    const waiting = await known();
    assert.deepEqual([waiting.state, waiting.error], ['waiting', null]);
    assert.ok(!JSON.stringify(waiting).includes(Pin), 'only the caller sees the PIN');
    box.typePin(right ? Pin : String((Number(Pin) + 1) % 10_000).padStart(4, '0'));
    const second = (await lines.next()).value as Line;
    box.pin = null;
    const { state, error, client_certificates } = await known();
    if (right) {
      assert.deepEqual(await told('paired'), [0, null]);
      assert.deepEqual(
        [typeof second, state, error, client_certificates],
        ['object', 'paired', null, { paired: 1, free: 1 }],
      );
    } else {
      assert.deepEqual(await told('failed'), [0, 'PAIRING_WRONG_PIN']);
      assert.deepEqual([second, state, error.code], ['PairError', 'failed', 'PAIRING_WRONG_PIN']);
      assert.match(error.hint, /PIN/);
    }
  }
  assert.equal((await call('GET', '/api/pair/7')).body.code, 'HOST_NOT_FOUND');
});

test('a host that refuses, is busy with another pairing, or cannot be reached gets its own error code', async (context) => {
  const { url, box, known } = await start(context);
  for (const code of ['PAIRING_REJECTED', 'PAIRING_IN_PROGRESS', 'PAIRING_TIMED_OUT', 'HOST_UNREACHABLE'] as const) {
    box.failure = code;
    const lines: unknown[] = [];
    for await (const line of pairChunks(url, 0)) lines.push(line);
    assert.deepEqual([lines.length, lines[1]], [2, 'PairError']);
    const { state, error } = await known();
    assert.deepEqual([state, error.code], ['failed', code]);
  }
});

test('a second caller is turned away and does not disturb the first', async (context) => {
  const { url, box, known } = await start(context);
  const lines = pairChunks(url, 0);
  const { Pin } = (await lines.next()).value as { Pin: string };
  const turnedAway: unknown[] = [];
  for await (const line of pairChunks(url, 0)) turnedAway.push(line);
  assert.deepEqual(turnedAway, ['PairError']);
  assert.equal((await known()).state, 'waiting');
  box.typePin(Pin);
  assert.ok('Paired' in ((await lines.next()).value as object));
  assert.equal((await known()).state, 'paired');
});

test('a caller that leaves cancels its pairing', async (context) => {
  const { url, told, known } = await start(context);
  const leaving = new AbortController();
  const response = await fetch(`${url}/api/pair`, {
    method: 'POST',
    headers: { authorization: `Bearer ${CREDENTIALS}` },
    body: '{"host_id":0}',
    signal: leaving.signal,
  });
  await response.body!.getReader().read();
  leaving.abort();
  assert.deepEqual(await told('failed'), [0, 'PAIRING_CANCELLED']);
  assert.equal((await known()).error.code, 'PAIRING_CANCELLED');
});

test('a pairing that needs no person is reported too', async (context) => {
  const { box, told, call, known } = await start(context, { MOONLIGHT_INTERNAL_PAIRING_PIN: '1234' });
  box.pin = '9999';
  assert.equal((await call('GET', '/api/apps?host_id=0')).body.code, 'HOST_NOT_PAIRED');
  assert.deepEqual(await told('failed'), [0, 'PAIRING_WRONG_PIN']);
  box.pin = '1234';
  assert.equal((await call('GET', '/api/apps?host_id=0')).status, 200);
  assert.deepEqual(await told('paired'), [0, null]);
  assert.equal((await known()).state, 'paired');
});

test('removing a host cancels its pairing', async (context) => {
  const { url, call, box, told } = await start(context);
  const lines = pairChunks(url, 0);
  const { Pin } = (await lines.next()).value as { Pin: string };
  await told('waiting');
  assert.equal((await call('DELETE', '/api/host?host_id=0')).status, 200);
  box.typePin(Pin);
  assert.equal((await lines.next()).value, 'PairError');
  assert.deepEqual(await told('failed'), [0, 'PAIRING_CANCELLED']);
  assert.deepEqual(box.clients, []);
});

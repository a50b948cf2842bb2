import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { readTrail } from '../../packages/server/audit/read-trail.ts';
import { AUDIT_FOLDER } from '../../packages/server/audit/trail-files.ts';
import { verifyTrail } from '../../packages/server/audit/verify-trail.ts';
import { until } from '../../packages/server/testing/processes.ts';
import { realRequest, startRealServer } from '../../packages/server/testing/real-server.ts';
import { temporaryDirectory } from '../../packages/server/testing/temporary-directory.ts';

interface Seen {
  participant: { name: string; kind: string };
  counts: Record<string, number>;
}

const A = 65;
const SHIFT = 160;
const key = (virtualKey: number, down: boolean) => ({ kind: 'key', virtualKey, down });

test('an agent types, points and plays without viewers, and the host receives all of it in order', async (context) => {
  const data = temporaryDirectory(context, 'agent-input-');
  const server = await startRealServer(context, { settings: { MOONSHARE_DATA: data } });
  await server.call('POST', '/api/streamers', realRequest('agent-1'));
  const events = [
    key(SHIFT, true),
    key(A, true),
    key(A, false),
    key(SHIFT, false),
    { kind: 'text', text: 'hé' },
    { kind: 'mousePosition', x: 320, y: 180, width: 640, height: 360 },
    { kind: 'mouseButton', button: 1, down: true },
    { kind: 'mouseButton', button: 1, down: false },
    { kind: 'wheelNotches', dx: 0, dy: -1 },
    { kind: 'controllerAdd', id: 0 },
    { kind: 'controllerState', id: 0, buttons: 0x1000 },
  ];
  const answer = await server.call('POST', '/api/streamers/agent-1/input', { events });
  assert.deepEqual([answer.status, answer.body], [200, { accepted: events.length, refused: 0 }]);
  await until(async () => (await server.input()).some(({ pressed }) => pressed?.includes('a')));
  await until(async () => (await server.input()).filter(({ kind }) => kind === 'text').length === 2);
  await until(async () => (await server.input()).some(({ kind }) => kind === 'scroll'));
  await until(async () => (await server.input()).filter(({ kind }) => /^key/.test(kind)).length === 4);
  const all = await server.input();
  const keys = all
    .filter(({ kind }) => kind === 'keyDown' || kind === 'keyUp')
    .map(({ kind, key }) => `${kind} ${key}`);
  assert.deepEqual(
    keys.map((text) => text.split(' ')[0]),
    ['keyDown', 'keyDown', 'keyUp', 'keyUp'],
  );
  assert.deepEqual(
    all.filter(({ kind }) => kind === 'text').map(({ text }) => text),
    ['h', 'é'],
  );
  const position = all.find(({ kind }) => kind === 'mousePosition');
  assert.deepEqual([position.x, position.y], [320, 180]);
  // A busy streamer may not answer in time.
  await until(async () => (await server.call('GET', '/api/streamers/agent-1')).body.statistics?.input.events.key === 4);

  await context.test('what an agent holds is released on request', async () => {
    const ups = async (kind: string) => (await server.input()).filter((event) => event.kind === kind).length;
    await until(async () => (await ups('mouseUp')) === 1);
    const press = { events: [key(A, true), { kind: 'mouseButton', button: 1, down: true }] };
    await server.call('POST', '/api/streamers/agent-1/input', press);
    const released = await server.call('POST', '/api/streamers/agent-1/input', { release: true });
    assert.deepEqual(released.body, { accepted: 0, refused: 0 });
    // It goes on: otherwise all would be released for its silence.
    const move = { events: [{ kind: 'mouseMove', dx: 1, dy: 1 }] };
    const goesOn = async () => (await server.call('POST', '/api/streamers/agent-1/input', move)).status === 200;
    await until(async () => (await goesOn()) && (await ups('keyUp')) === 3);
    await until(async () => (await goesOn()) && (await ups('mouseUp')) === 2);
  });

  await context.test('the audit trail has how much of what it sent, and nothing of what it typed', async () => {
    await server.call('POST', '/api/streamers/agent-1/input', { release: true });
    // What the process has counted until then comes with the end of the agent, before what is asked after it.
    assert.equal((await server.call('GET', '/api/streamers/agent-1/participants')).status, 200);
    await server.close();
    const folder = join(data, AUDIT_FOLDER);
    const [record] = await readTrail(folder, { event: 'input' }, 10);
    const { participant, counts } = record as unknown as Seen;
    assert.deepEqual([participant.name, participant.kind], ['agent', 'agent']);
    const { mouseMove, ...others } = counts;
    assert.ok(mouseMove! > 0);
    assert.deepEqual(others, {
      key: 5,
      text: 1,
      mousePosition: 1,
      mouseButton: 3,
      wheelNotches: 1,
      controllerAdd: 1,
      controllerState: 1,
    });
    assert.deepEqual((await verifyTrail(folder, null)).findings, []);
  });
});

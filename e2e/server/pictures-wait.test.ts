import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../packages/server/testing/processes.ts';
import type { RealServer } from '../../packages/server/testing/real-server.ts';
import { decoderPids, image, shoot, started } from '../harness/screenshots.ts';

/** Of the virtual host: changes when a key is held; otherwise nothing there moves. */
const KEYS = { x: 394, y: 60, width: 220, height: 60 };

function wait(server: RealServer, body: Record<string, unknown>) {
  return server.call('POST', '/api/streamers/a/wait', { timeout_ms: 60_000, ...body });
}

function key(server: RealServer, down: boolean) {
  return server.call('POST', '/api/streamers/a/input', { events: [{ kind: 'key', virtualKey: 65, down }] });
}

test('it is told when a region changes and when it is stable, and that all of a moving picture is never stable', async (context) => {
  const server = await started(context);
  const stable = await wait(server, { until: 'stable', region: KEYS, quiet_ms: 300 });
  assert.equal(stable.status, 200, JSON.stringify(stable.body));
  assert.equal(stable.body.outcome, 'stable');
  assert.ok(Math.abs(Date.now() - Date.parse(stable.body.at)) < 60_000);

  // With a picture there is a decoder that is up to date, so the wait begins at once.
  await image(shoot(server, 'a'));
  await image(shoot(server, 'a'));
  const changing = wait(server, { until: 'change', region: KEYS });
  let isOver = false;
  void changing.finally(() => (isOver = true));
  // Holds and lets go again, in case the wait has begun in between.
  for (let down = true; !isOver; down = !down) {
    await key(server, down);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const changed = await changing;
  assert.deepEqual([changed.status, changed.body.outcome], [200, 'changed'], JSON.stringify(changed.body));
  assert.ok(changed.body.frame > stable.body.frame);

  const moving = await wait(server, { until: 'stable', quiet_ms: 5_000, timeout_ms: 1_500 });
  assert.deepEqual([moving.status, moving.body.code], [408, 'WAIT_TIMEOUT']);
  const all = await wait(server, { until: 'change', threshold: 1, timeout_ms: 1_000 });
  assert.equal(all.body.code, 'WAIT_TIMEOUT');
});

test('without a region, any change of the picture counts', async (context) => {
  const server = await started(context);
  const changed = await wait(server, { until: 'change' });
  assert.deepEqual([changed.status, changed.body.outcome], [200, 'changed']);
});

test('what cannot be waited for is refused with the name of the field, and who goes costs nothing any more', async (context) => {
  const server = await started(context);
  for (const [field, body] of [
    ['until', { until: 'never' }],
    ['quiet_ms', { until: 'stable', quiet_ms: -1 }],
    ['threshold', { until: 'stable', threshold: 2 }],
    ['region', { until: 'change', region: { ...KEYS, width: 0 } }],
    ['region', { until: 'change', region: { ...KEYS, x: 600 } }],
    ['timeout_ms', { until: 'change', timeout_ms: 70_000 }],
    ['when', { until: 'change', when: 'now' }],
  ] as const) {
    const { status, body: answer } = await wait(server, body);
    assert.deepEqual([status, answer.code], [400, 'BAD_REQUEST']);
    assert.match(answer.error, new RegExp(`\\b${field}\\b`));
  }
  // More than may be under way, all of which go.
  const still = { until: 'change', region: { x: 16, y: 216, width: 8, height: 8 } };
  const gone = new AbortController();
  const answers = Array.from({ length: 17 }, () =>
    fetch(`${server.url}/api/streamers/a/wait`, {
      method: 'POST',
      signal: gone.signal,
      headers: { authorization: 'Bearer the-shared-credentials', 'content-type': 'application/json' },
      body: JSON.stringify(still),
    }).then(
      (answer) => answer.status,
      () => null,
    ),
  );
  assert.equal(await Promise.race(answers), 429);
  gone.abort();
  assert.deepEqual((await Promise.all(answers)).toSorted(), [429, ...Array(16).fill(null)]);
  await until(async () => (await shoot(server, 'a')).status === 200);
  assert.equal(decoderPids().length, 1);
});

test('a token that may only see is enough, and once it is revoked it sees nothing more', async (context) => {
  const server = await started(context);
  const made = await server.call('POST', '/api/tokens', { name: 'eyes', scopes: ['streamers:read'] });
  const headers = { authorization: `Bearer ${made.body.token}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ until: 'change', region: { x: 16, y: 216, width: 8, height: 8 }, timeout_ms: 60_000 });
  const waiting = fetch(`${server.url}/api/streamers/a/wait`, { method: 'POST', headers, body });
  // Nobody else has asked for pictures.
  await until(() => decoderPids().length === 1);
  await image(shoot(server, 'a', '', headers));
  await server.call('DELETE', `/api/tokens/${made.body.id}`);
  const answer = await waiting;
  assert.deepEqual([answer.status, JSON.parse(await answer.text()).code], [403, 'ACCESS_REVOKED']);
  assert.equal((await shoot(server, 'a', '', headers)).status, 401);
});

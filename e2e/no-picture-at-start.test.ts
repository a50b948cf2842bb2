import assert from 'node:assert/strict';
import { test } from 'node:test';
import { START_LIMIT_MS as CALLER_WAITS_MS } from '../packages/server/streamers/streamer.ts';
import { START_LIMIT_MS as ATTEMPTS_MS } from '../packages/streamer/host-session/state-machine.ts';
import { Stack } from './harness/stack.ts';

/** What a busy machine may take for the process and for each attempt, besides what they wait. */
const BUSY_MS = 10_000;

test('the attempts of a start leave its caller time for an answer', () => {
  assert.ok(ATTEMPTS_MS + 2_000 <= CALLER_WAITS_MS);
});

// Takes over 20 s: that the attempts end in time is seen with the real limits alone.
test('a start without a picture fails with NO_VIDEO, however many attempts it makes, and leaves no app running', async (context) => {
  const startLimitMs = CALLER_WAITS_MS + BUSY_MS;
  const stack = await Stack.start({ quirks: { keyFrames: 0 } }, { startLimitMs });
  context.after(() => stack.close());
  const { status, body } = await stack.api.answer('POST', '/api/streamers', await stack.api.request('blind'));
  assert.deepEqual([status, body.code], [502, 'NO_VIDEO']);
  assert.match(body.error, /no picture/);
  assert.deepEqual((await stack.api.answer('GET', '/api/streamers')).body, { streamers: [] });
  await stack.host.until('nothing is left', ({ app, sessions }) => app === null && sessions.length === 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Stack } from './harness/stack.ts';

// Takes over 20 s: that the attempts fit into the time a caller waits is seen with the real limits alone.
test('a start without a picture fails with NO_VIDEO, however many attempts it makes, and leaves no app running', async (context) => {
  const stack = await Stack.start({ quirks: { keyFrames: 0 } });
  context.after(() => stack.close());
  const { status, body } = await stack.api.answer('POST', '/api/streamers', await stack.api.request('blind'));
  assert.deepEqual([status, body.code], [502, 'NO_VIDEO']);
  assert.match(body.error, /no picture/);
  assert.deepEqual((await stack.api.answer('GET', '/api/streamers')).body, { streamers: [] });
  await stack.host.until('nothing is left', ({ app, sessions }) => app === null && sessions.length === 0);
});

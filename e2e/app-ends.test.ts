// Mostly waits: for frames, and for a start that the host's pause holds up.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { VirtualHostOptions } from '@moonshare/virtual-host';
import { Stack } from './harness/stack.ts';

// Which streamer ends which app, with real streamers on a real host of each kind.

async function start(
  context: TestContext,
  like: NonNullable<VirtualHostOptions['like']>,
  serving: Parameters<typeof Stack.start>[1] = {},
): Promise<Stack> {
  const stack = await Stack.start({ like }, serving);
  context.after(() => stack.close());
  return stack;
}

async function cancel(stack: Stack): Promise<boolean> {
  return (await stack.api.call<{ success: boolean }>('POST', '/api/host/cancel', { host_id: 0 })).success;
}

/** The one remaining stream was not interrupted: a new one would count from the start. */
async function goesOn(stack: Stack, before: { framesSent: number; idrRequests: number }): Promise<void> {
  const { sessions } = await stack.host.until('more frames', ({ sessions: [session] }) => {
    return session !== undefined && session.framesSent > before.framesSent + 10;
  });
  assert.deepEqual(
    sessions.map(({ idrRequests }) => idrRequests),
    [before.idrRequests],
  );
}

/** Longer than any test: a start that waits for this never comes up. */
const ENDLESS_MS = 3_600_000;

// Over 20 s on a busy machine: four starts, and two seconds of pictures of each pair.
test('on a Wolf of 2026 each of two desktops ends alone, and starts again without a pause', async (context) => {
  const stack = await start(context, 'wolf-2026', { relaunchPauseMs: ENDLESS_MS });
  for (const [first, last] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    const { appStarts } = await stack.host.state();
    for (const id of ['a', 'b']) await stack.api.createStreamer(id);
    const both = await stack.host.until('30 frames of each', ({ sessions }) => {
      return sessions.length === 2 && sessions.every(({ framesSent }) => framesSent > 30);
    });
    const survivor = both.sessions[last === 'a' ? 0 : 1]!;
    await stack.api.call('DELETE', `/api/streamers/${first}`);
    const left = await stack.host.until('one to be left', ({ sessions }) => sessions.length === 1);
    assert.deepEqual([left.runningApps.length, left.appStarts - appStarts], [1, 1]);
    await goesOn(stack, survivor);
    assert.equal((await stack.api.streamer(last)).status, 'active');
    await stack.api.call('DELETE', `/api/streamers/${last}`);
    assert.deepEqual((await stack.host.state()).runningApps, []);
  }
});

test('cancel on a Wolf of 2026 ends all apps left running, and is refused while one of our streamers uses one', async (context) => {
  const stack = await start(context, 'wolf-2026', { environment: { MOONSHARE_END_APPS: 'never' } });
  for (const id of ['a', 'b', 'c']) await stack.api.createStreamer(id);
  for (const id of ['a', 'b']) await stack.api.call('DELETE', `/api/streamers/${id}`);
  assert.equal((await stack.host.state()).runningApps.length, 3);
  const [, , survivor] = (await stack.host.state()).sessions;
  assert.equal(await cancel(stack), false);
  const { runningApps, sessions } = await stack.host.state();
  assert.equal(runningApps.length, 1);
  await goesOn(stack, survivor ?? sessions[0]!);
  await stack.api.call('DELETE', '/api/streamers/c');
  assert.equal(await cancel(stack), true);
  assert.deepEqual((await stack.host.state()).runningApps, []);
});

test('on Sunshine the next start follows an end without a pause', async (context) => {
  const stack = await start(context, 'sunshine', { relaunchPauseMs: ENDLESS_MS });
  for (const starts of [1, 2]) {
    await stack.api.createStreamer('a');
    await stack.api.call('DELETE', '/api/streamers/a');
    assert.equal((await stack.host.state()).appStarts, starts);
  }
});

test('on a Wolf of 2024, which needs a pause, the next start waits for it', async (context) => {
  const stack = await start(context, 'wolf', { relaunchPauseMs: ENDLESS_MS, startLimitMs: 6_000 });
  await stack.api.createStreamer('a');
  await stack.api.call('DELETE', '/api/streamers/a');
  const again = await stack.api.answer('POST', '/api/streamers', await stack.api.request('a'));
  assert.deepEqual([again.status, again.body.code], [504, 'HOST_TIMEOUT']);
  assert.equal((await stack.host.state()).appStarts, 1);
});

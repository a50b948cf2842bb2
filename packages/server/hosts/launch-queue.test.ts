import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LaunchQueue } from './launch-queue.ts';

const forever = new AbortController().signal;

function newQueue(options: { launchMs?: number; pauseMs?: number } = {}): LaunchQueue {
  return new LaunchQueue({ launchMs: options.launchMs ?? 30_000, pauseMs: () => options.pauseMs ?? 4_500 });
}

test('one launch at a time, in order', async () => {
  const queue = newQueue();
  const order: string[] = [];
  const first = await queue.acquire('launch', forever);
  const second = queue.acquire('launch', forever).then((slot) => {
    order.push('second');
    slot.release();
  });
  const third = queue.acquire('launch', forever).then((slot) => {
    order.push('third');
    slot.release();
  });
  await new Promise(setImmediate);
  assert.deepEqual(order, []);
  first.release();
  first.release();
  await Promise.all([second, third]);
  assert.deepEqual(order, ['second', 'third']);
  (await queue.acquire('launch', forever)).release();
});

test('a caller that gives up leaves the queue', async () => {
  const queue = newQueue();
  const first = await queue.acquire('launch', forever);
  const impatient = new AbortController();
  const second = queue.acquire('launch', impatient.signal);
  const third = queue.acquire('launch', forever);
  impatient.abort(new Error('enough'));
  await assert.rejects(second, /enough/);
  first.release();
  (await third).release();
});

test('a caller that gives up just when its turn comes passes the turn on', async () => {
  const queue = newQueue();
  const first = await queue.acquire('launch', forever);
  const impatient = new AbortController();
  const second = queue.acquire('launch', impatient.signal);
  first.release();
  impatient.abort(new Error('enough'));
  await assert.rejects(second, /enough/);
  (await queue.acquire('launch', forever)).release();
});

test('a launch that never ends loses its slot', async () => {
  const queue = newQueue({ launchMs: 1 });
  await queue.acquire('launch', forever);
  (await queue.acquire('cancel', forever)).release();
});

test('a launch after a cancel keeps its distance from the previous launch, others do not', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const queue = newQueue();
  (await queue.acquire('launch', forever)).release();
  (await queue.acquire('launch', forever)).release();
  (await queue.acquire('cancel', forever)).release();
  let granted = false;
  const next = queue.acquire('launch', forever).then((slot) => {
    granted = true;
    return slot;
  });
  await new Promise(setImmediate);
  assert.equal(granted, false);
  context.mock.timers.tick(4500);
  (await next).release();
});

test('giving up during that pause frees the slot', async () => {
  const queue = newQueue();
  (await queue.acquire('launch', forever)).release();
  (await queue.acquire('cancel', forever)).release();
  const impatient = new AbortController();
  const paused = queue.acquire('launch', impatient.signal);
  await new Promise(setImmediate);
  impatient.abort(new Error('enough'));
  await assert.rejects(paused, /enough/);
  (await queue.acquire('cancel', forever)).release();
});

test('where no pause is needed a launch follows a cancel at once', async () => {
  const queue = newQueue({ pauseMs: 0 });
  (await queue.acquire('launch', forever)).release();
  (await queue.acquire('cancel', forever)).release();
  (await queue.acquire('launch', forever)).release();
});

test('while an app is to be ended nobody launches, and cancels go first', async () => {
  const queue = newQueue({ pauseMs: 0 });
  const order: string[] = [];
  const turn = (purpose: 'launch' | 'cancel') =>
    queue.acquire(purpose, forever).then((slot) => {
      order.push(purpose);
      slot.release();
    });
  const first = await queue.acquire('launch', forever);
  const waiting = [turn('launch'), turn('cancel')];
  const [release, other] = [queue.hold(), queue.hold()];
  first.release();
  await waiting[1];
  release();
  release();
  await new Promise(setImmediate);
  assert.deepEqual(order, ['cancel']);
  other();
  await waiting[0];
  assert.deepEqual(order, ['cancel', 'launch']);
});

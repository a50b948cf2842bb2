import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Serial } from './serial.ts';

test('tasks run one after another, even after a failure', async () => {
  const serial = new Serial();
  const order: string[] = [];
  const task =
    (name: string, fails = false) =>
    async () => {
      order.push(`${name} begins`);
      await Promise.resolve();
      order.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const first = serial.run(task('first', true));
  const second = serial.run(task('second'));
  await assert.rejects(first, /first/);
  assert.equal(await second, 'second');
  assert.deepEqual(order, ['first begins', 'first ends', 'second begins', 'second ends']);
});

test('a caller that stops waiting gets its error at once, and its task is skipped', async () => {
  const serial = new Serial();
  const first = Promise.withResolvers<string>();
  const begun: string[] = [];
  const running = serial.run(() => first.promise);
  const leaving = new AbortController();
  const waiting = serial.run(async () => begun.push('waiting'), leaving.signal);
  const last = serial.run(async () => begun.push('last'));
  leaving.abort(new Error('no longer'));
  await assert.rejects(waiting, /no longer/);
  await assert.rejects(
    serial.run(async () => begun.push('late'), leaving.signal),
    /no longer/,
  );
  first.resolve('done');
  assert.equal(await running, 'done');
  await last;
  assert.deepEqual(begun, ['last']);
});

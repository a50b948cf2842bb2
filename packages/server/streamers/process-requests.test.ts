import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { ProcessRequests } from './process-requests.ts';

const stats = { idrRequests: 7 };
const ignore = () => {};

test('answers reach their callers in any order, and an unknown one is ignored', async () => {
  const asked: number[] = [];
  const requests = new ProcessRequests();
  const ask = (id: number) => void asked.push(id);
  const [first, second] = [requests.request(ask, 1000), requests.request(ask, 1000)];
  assert.deepEqual(asked, [1, 2]);
  requests.answer(9, stats);
  requests.answer(2, stats);
  requests.answer(1, null);
  assert.deepEqual([await first, await second], [null, stats]);
});

test('waiting for a process that does not answer is limited', async (context) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => mock.timers.reset());
  const requests = new ProcessRequests();
  const answer = requests.request(ignore, 1000);
  mock.timers.tick(1000);
  assert.equal(await answer, null);
  requests.answer(1, stats);
});

test('the end of the process answers all waiting callers', async () => {
  const requests = new ProcessRequests();
  const answers = [requests.request(ignore, 60_000), requests.request(ignore, 60_000)];
  requests.end();
  assert.deepEqual(await Promise.all(answers), [null, null]);
});

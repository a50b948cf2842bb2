import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { StreamerStats } from '@moonshare/contract';
import { StatsRequests } from './stats-requests.ts';

const stats = { idrRequests: 7 } as StreamerStats;

test('answers go to who asked, in any order; an unknown one to nobody', async () => {
  const asked: number[] = [];
  const requests = new StatsRequests((id) => asked.push(id));
  const [first, second] = [requests.request(1000), requests.request(1000)];
  assert.deepEqual(asked, [1, 2]);
  requests.answer(9, stats);
  requests.answer(2, stats);
  requests.answer(1, null);
  assert.deepEqual([await first, await second], [null, stats]);
});

test('a process that does not answer is waited for so long and no longer', async (context) => {
  mock.timers.enable({ apis: ['setTimeout'] });
  context.after(() => mock.timers.reset());
  const requests = new StatsRequests(() => {});
  const answer = requests.request(1000);
  mock.timers.tick(1000);
  assert.equal(await answer, null);
  requests.answer(1, stats);
});

test('the end of the process answers all who wait', async () => {
  const requests = new StatsRequests(() => {});
  const answers = [requests.request(60_000), requests.request(60_000)];
  requests.end();
  assert.deepEqual(await Promise.all(answers), [null, null]);
});

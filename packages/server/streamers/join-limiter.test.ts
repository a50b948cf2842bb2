import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JoinLimiter } from './join-limiter.ts';

function joined(limiter: JoinLimiter, address: string, linkId: number | null, tries: number, now: number): number {
  return Array.from({ length: tries }, () => limiter.allows({ address, linkId }, now)).filter(Boolean).length;
}

test('an address may join 120 times at once and four times a second', () => {
  const limiter = new JoinLimiter();
  assert.equal(joined(limiter, 'a', null, 200, 0), 120);
  assert.equal(joined(limiter, 'a', null, 200, 1000), 4);
  assert.equal(joined(limiter, 'b', null, 200, 1000), 120);
});

test('another link does not help an address, nor another address a link', () => {
  const limiter = new JoinLimiter();
  assert.equal(joined(limiter, 'a', 1, 200, 0), 120);
  assert.equal(joined(limiter, 'a', 2, 200, 0), 0);
  assert.equal(joined(limiter, 'b', 1, 200, 0), 120);
  assert.equal(joined(limiter, 'c', 1, 200, 0), 0);
  assert.equal(joined(limiter, 'c', 3, 1, 0), 0, 'what the link refused was charged to the address');
});

test('one address can never use up a link for others', () => {
  const limiter = new JoinLimiter();
  for (let now = 0; now < 120_000; now += 10) limiter.allows({ address: 'a', linkId: 1 }, now);
  assert.equal(joined(limiter, 'b', 1, 50, 120_000), 50);
});

test('a budget is not forgotten before it is full again', () => {
  const limiter = new JoinLimiter();
  joined(limiter, 'a', null, 120, 0);
  joined(limiter, 'b', null, 1, 29_000);
  assert.equal(joined(limiter, 'a', null, 200, 29_000), 116);
});

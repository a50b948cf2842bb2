import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Joins } from './joins.ts';

function joined(joins: Joins, address: string, linkId: number | null, tries: number, now: number): number {
  return Array.from({ length: tries }, () => joins.allows({ address, linkId }, now)).filter(Boolean).length;
}

test('an address joins 120 times at once and four times a second', () => {
  const joins = new Joins();
  assert.equal(joined(joins, 'a', null, 200, 0), 120);
  assert.equal(joined(joins, 'a', null, 200, 1000), 4);
  assert.equal(joined(joins, 'b', null, 200, 1000), 120);
});

test('another link gives an address nothing, and another address a link nothing', () => {
  const joins = new Joins();
  assert.equal(joined(joins, 'a', 1, 200, 0), 120);
  assert.equal(joined(joins, 'a', 2, 200, 0), 0);
  assert.equal(joined(joins, 'b', 1, 200, 0), 120);
  assert.equal(joined(joins, 'c', 1, 200, 0), 0);
  assert.equal(joined(joins, 'c', 3, 1, 0), 0, 'what the link refused was spent by the address');
});

test('one address can never use up a link for the others', () => {
  const joins = new Joins();
  for (let now = 0; now < 120_000; now += 10) joins.allows({ address: 'a', linkId: 1 }, now);
  assert.equal(joined(joins, 'b', 1, 50, 120_000), 50);
});

test('a budget is not forgotten before it is whole again', () => {
  const joins = new Joins();
  joined(joins, 'a', null, 120, 0);
  joined(joins, 'b', null, 1, 29_000);
  assert.equal(joined(joins, 'a', null, 200, 29_000), 116);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Crowd } from './crowd.ts';

test('an address has so many places, and one more of it has to go itself', () => {
  const crowd = new Crowd<string>({ perKey: 2, total: 10 });
  assert.deepEqual([crowd.add('a1', 'a'), crowd.add('a2', 'a'), crowd.add('a3', 'a')], [null, null, 'a3']);
  assert.equal(crowd.add('b1', 'b'), null);
  crowd.delete('a1');
  assert.equal(crowd.add('a4', 'a'), null);
  assert.equal(crowd.add('a5', 'a', { bounded: false }), null);
});

test('who comes to a full crowd displaces the oldest of the address that has most, not more than its own', () => {
  const crowd = new Crowd<string>({ perKey: 10, total: 4 });
  for (const [member, key] of [
    ['b1', 'b'],
    ['a1', 'a'],
    ['a2', 'a'],
    ['a3', 'a'],
  ] as const)
    crowd.add(member, key);
  assert.equal(crowd.add('a4', 'a'), 'a4');
  assert.equal(crowd.add('c1', 'c'), 'a1');
  assert.equal(crowd.add('d1', 'd'), 'a2');
  // All have one: the oldest of another goes.
  assert.equal(crowd.add('e1', 'e'), 'b1');
  assert.deepEqual([crowd.has('c1'), crowd.has('b1'), crowd.size], [true, false, 4]);
});

test('where there is no room at all the newcomer goes, if nobody else can', () => {
  const crowd = new Crowd<string>({ perKey: 10, total: 4 });
  assert.equal(crowd.add('a1', 'a', { full: true }), 'a1');
  crowd.add('a1', 'a');
  assert.equal(crowd.add('b1', 'b', { full: true }), 'a1');
  assert.equal(crowd.size, 1);
});

test('whatever comes and goes, the limits hold, and a lone newcomer is never refused for others', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), leave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const crowd = new Crowd<number>({ perKey: 3, total: 6 });
      const inside = new Map<number, string>();
      steps.forEach(({ key, leave }, i) => {
        const first = inside.keys().next().value;
        if (leave && first !== undefined) {
          crowd.delete(first);
          inside.delete(first);
        }
        const alone = ![...inside.values()].includes(key);
        const leaving = crowd.add(i, key);
        inside.set(i, key);
        if (leaving !== null) inside.delete(leaving);
        assert.ok(!(alone && leaving === i));
        assert.equal(crowd.size, inside.size);
        assert.ok(crowd.size <= 6);
        for (const one of 'abcde') assert.ok([...inside.values()].filter((other) => other === one).length <= 3);
      });
      for (const member of inside.keys()) assert.ok(crowd.has(member));
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FairSlots } from './fair-slots.ts';

test('an address has a limited number of slots, and its next newcomer has to go', () => {
  const slots = new FairSlots<string>({ perKey: 2, total: 10 });
  assert.deepEqual([slots.add('a1', 'a'), slots.add('a2', 'a'), slots.add('a3', 'a')], [null, null, 'a3']);
  assert.equal(slots.add('b1', 'b'), null);
  slots.delete('a1');
  assert.equal(slots.add('a4', 'a'), null);
  assert.equal(slots.add('a5', 'a', { bounded: false }), null);
});

test('when full, a newcomer displaces the oldest of the address that has most, if that has more than its own', () => {
  const slots = new FairSlots<string>({ perKey: 10, total: 4 });
  for (const [member, key] of [
    ['b1', 'b'],
    ['a1', 'a'],
    ['a2', 'a'],
    ['a3', 'a'],
  ] as const)
    slots.add(member, key);
  assert.equal(slots.add('a4', 'a'), 'a4');
  assert.equal(slots.add('c1', 'c'), 'a1');
  assert.equal(slots.add('d1', 'd'), 'a2');
  // All have one, so the oldest of another goes.
  assert.equal(slots.add('e1', 'e'), 'b1');
  assert.deepEqual([slots.has('c1'), slots.has('b1'), slots.size], [true, false, 4]);
});

test('if there is no room at all, the newcomer goes unless another can', () => {
  const slots = new FairSlots<string>({ perKey: 10, total: 4 });
  assert.equal(slots.add('a1', 'a', { full: true }), 'a1');
  slots.add('a1', 'a');
  assert.equal(slots.add('b1', 'b', { full: true }), 'a1');
  assert.equal(slots.size, 1);
});

test('whatever comes and goes, the limits hold, and a lone newcomer is never refused because of others', () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), leave: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const slots = new FairSlots<number>({ perKey: 3, total: 6 });
      const inside = new Map<number, string>();
      steps.forEach(({ key, leave }, i) => {
        const first = inside.keys().next().value;
        if (leave && first !== undefined) {
          slots.delete(first);
          inside.delete(first);
        }
        const alone = ![...inside.values()].includes(key);
        const leaving = slots.add(i, key);
        inside.set(i, key);
        if (leaving !== null) inside.delete(leaving);
        assert.ok(!(alone && leaving === i));
        assert.equal(slots.size, inside.size);
        assert.ok(slots.size <= 6);
        for (const one of 'abcde') assert.ok([...inside.values()].filter((other) => other === one).length <= 3);
      });
      for (const member of inside.keys()) assert.ok(slots.has(member));
    }),
  );
});

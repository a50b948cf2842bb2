import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fanout } from './fanout.ts';

const key = { keyFrame: true };
const delta = { keyFrame: false };

test('a new viewer gets nothing until the next key frame, then every frame', () => {
  const fanout = new Fanout<string>();
  fanout.join('a');
  assert.ok(fanout.waiting);
  assert.deepEqual(fanout.due(delta, 0), []);
  assert.deepEqual(fanout.due(key, 0), ['a']);
  assert.deepEqual(fanout.due(delta, 0), ['a']);
  assert.equal(fanout.waiting, false);
  assert.equal(fanout.framesDropped('a'), 1);
});

test('one key frame starts all waiting viewers, and does not disturb live ones', () => {
  const fanout = new Fanout<string>();
  fanout.join('a');
  fanout.due(key, 0);
  for (const viewer of ['b', 'c', 'd']) fanout.join(viewer);
  assert.deepEqual(fanout.due(delta, 0), ['a']);
  assert.deepEqual(fanout.due(key, 0), ['a', 'b', 'c', 'd']);
});

test('only the viewer that dropped a frame waits', () => {
  const fanout = new Fanout<string>();
  fanout.join('a');
  fanout.join('b');
  fanout.due(key, 0);
  fanout.dropped(['b', 'gone']);
  assert.equal(fanout.state('b'), 'waitingForKey');
  assert.deepEqual(fanout.due(delta, 0), ['a']);
  assert.deepEqual(fanout.due(key, 0), ['a', 'b']);
  assert.equal(fanout.framesDropped('b'), 2);
});

test('a viewer that has left gets nothing', () => {
  const fanout = new Fanout<string>();
  fanout.join('a');
  fanout.leave('a');
  assert.deepEqual(fanout.due(key, 0), []);
  assert.deepEqual(fanout.all(), []);
  assert.equal(fanout.waiting, false);
});

test('no viewer ever gets a frame whose reference it missed', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('frame' as const), keyFrame: fc.boolean() }),
    fc.record({ kind: fc.constantFrom('join' as const, 'drop' as const, 'leave' as const), viewer: fc.nat(3) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const fanout = new Fanout<number>();
      const intact = new Map<number, boolean>();
      for (const taken of steps) {
        if (taken.kind === 'frame') {
          const due = new Set(fanout.due(taken, 0));
          for (const [viewer, chain] of intact) {
            const expected: boolean = taken.keyFrame || chain;
            assert.equal(due.has(viewer), expected);
            intact.set(viewer, expected);
          }
          assert.ok([...due].every((viewer) => intact.has(viewer)));
        } else if (taken.kind === 'join' && !intact.has(taken.viewer)) {
          fanout.join(taken.viewer);
          intact.set(taken.viewer, false);
        } else if (taken.kind === 'leave') {
          fanout.leave(taken.viewer);
          intact.delete(taken.viewer);
        } else if (taken.kind === 'drop' && intact.has(taken.viewer)) {
          fanout.dropped([taken.viewer]);
          intact.set(taken.viewer, false);
        }
        assert.equal(fanout.waiting, [...intact.values()].includes(false));
      }
    }),
  );
});

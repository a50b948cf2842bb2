import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Fanout, type FanoutEvent } from './fanout.ts';

const key = { keyFrame: true, data: Buffer.alloc(50_000) };
const delta = { keyFrame: false, data: Buffer.alloc(10_000) };

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
  fanout.dropped(['b', 'gone'], 0);
  assert.equal(fanout.rung('b'), 'catchingUp');
  assert.deepEqual(fanout.advance(0).events, [{ type: 'viewerNeeds', viewer: 'b' }]);
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
          const due = new Set(fanout.due(taken.keyFrame ? key : delta, 0));
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
          fanout.dropped([taken.viewer], 0);
          intact.set(taken.viewer, false);
        }
        assert.equal(fanout.waiting, [...intact.values()].includes(false));
      }
    }),
  );
});

/** Twice a second, until `end`; returns what came of it. */
function measure(fanout: Fanout<string>, networks: Record<string, number>, from: number, end: number) {
  const events: FanoutEvent<string>[] = [];
  for (let now = from; now <= end; now += 500) {
    fanout.measured(10_000, (viewer) => networks[viewer] ?? null, now);
    events.push(...fanout.advance(now).events);
  }
  return events;
}

test('viewers with a slow network get key frames only, the same ones, and cost the others one in two seconds', () => {
  const fanout = new Fanout<string>();
  for (const viewer of ['fast', 'slow', 'slower']) fanout.join(viewer);
  fanout.due(key, 0);
  const told = measure(fanout, { slow: 2_000, slower: 1_000 }, 500, 5_500);
  assert.deepEqual(
    told.map((event) => event.type === 'rungChanged' && [event.viewer, event.report.rung, event.report.networkKbps]),
    [
      ['slow', 'reduced', 2_000],
      ['slower', 'reduced', 1_000],
    ],
  );
  assert.deepEqual(fanout.due(delta, 5_510), ['fast']);
  assert.deepEqual([fanout.rung('fast'), fanout.rung('slow')], ['full', 'reduced']);
  assert.deepEqual(fanout.advance(5_510), { events: [], wakeAt: 7_500 });
  assert.deepEqual(fanout.advance(7_500), { events: [{ type: 'reducedNeed' }], wakeAt: 9_500 });
  assert.deepEqual(fanout.due(key, 7_550), ['fast', 'slow', 'slower']);
  assert.deepEqual(fanout.due(key, 8_000), ['fast']);
  assert.equal(fanout.requestsKeyFrame('slow', 8_010), false);
  assert.equal(fanout.requestsKeyFrame('fast', 8_010), true);
  assert.deepEqual(fanout.advance(9_499).events, []);
});

test('no viewer ever gets a frame whose reference it missed, on any rung and line', () => {
  const step = fc.record({
    after: fc.nat(3_000),
    keyFrame: fc.boolean(),
    dropsTo: fc.option(fc.nat(2)),
    networks: fc.array(fc.constantFrom(null, 500, 9_000, 20_000), { minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const fanout = new Fanout<number>();
      const isIntact = [false, false, false];
      for (const viewer of isIntact.keys()) fanout.join(viewer);
      let now = 0;
      for (const { after, keyFrame, dropsTo, networks } of steps) {
        now += after;
        const due = fanout.due(keyFrame ? key : delta, now);
        for (const viewer of isIntact.keys()) {
          const isDue = due.includes(viewer);
          assert.ok(!isDue || keyFrame || isIntact[viewer]);
          isIntact[viewer] = isDue;
        }
        if (dropsTo !== null) {
          fanout.dropped([dropsTo], now);
          isIntact[dropsTo] = false;
        }
        fanout.measured(10_000, (viewer) => networks[viewer]!, now);
        const { wakeAt } = fanout.advance(now);
        assert.ok(wakeAt > now);
        assert.equal(
          fanout.waiting,
          isIntact.some((_, viewer) => fanout.rung(viewer) === 'catchingUp'),
        );
      }
    }),
  );
});

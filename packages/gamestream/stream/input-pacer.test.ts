import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CoreOutput } from '@moonshare/sans-io';
import fc from 'fast-check';
import type { InputPacket } from '../input/packet.ts';
import { InputPacer } from './input-pacer.ts';

const move = (dx: number, dy = 0): InputPacket => ({ kind: 'mouseMove', dx, dy });
const position = (x: number): InputPacket => ({ kind: 'mousePosition', x, y: 0, width: 100, height: 100 });
const click: InputPacket = { kind: 'mouseDown', button: 1 };
const pad = (number: number, buttons: number, leftX = 0): InputPacket => {
  const rest = { leftTrigger: 0, rightTrigger: 0, leftY: 0, rightX: 0, rightY: 0 };
  return { kind: 'controllerState', number, activeMask: 3, buttons, leftX, ...rest };
};

test('a movement after a pause is sent at once', () => {
  const pacer = new InputPacer();
  assert.deepEqual(pacer.push(move(1), 0).events, [move(1)]);
  assert.deepEqual(pacer.push(move(2), 5).events, [move(2)]);
});

test('movements within a millisecond are summed, positions replaced', () => {
  const pacer = new InputPacer();
  pacer.push(move(1), 0);
  assert.deepEqual(pacer.push(move(2), 0.2), { events: [], wakeAt: 1 });
  assert.deepEqual(pacer.push(move(3), 0.4), { events: [], wakeAt: 1 });
  assert.deepEqual(pacer.advance(1), { events: [move(5)], wakeAt: Number.POSITIVE_INFINITY });
  pacer.push(position(1), 1.2);
  pacer.push(position(2), 1.4);
  assert.deepEqual(pacer.advance(2).events, [position(2)]);
});

test('a click is sent at once, after any movement held back', () => {
  const pacer = new InputPacer();
  pacer.push(move(1), 0);
  pacer.push(move(2), 0.1);
  assert.deepEqual(pacer.push(click, 0.2).events, [move(2), click]);
});

test('a sum beyond 16 bits becomes two packets', () => {
  const pacer = new InputPacer();
  pacer.push(move(1), 0);
  pacer.push(move(0x7000), 0.1);
  assert.deepEqual(pacer.push(move(0x7000), 0.2).events, [move(0x7000), move(0x7000)]);
});

test('relative and absolute moves keep their order', () => {
  const pacer = new InputPacer();
  pacer.push(move(1), 0);
  pacer.push(move(2), 0.1);
  assert.deepEqual(pacer.push(position(9), 0.2).events, [move(2), position(9)]);
});

test('each gamepad is paced separately, and no button change is lost', () => {
  const pacer = new InputPacer();
  assert.equal(pacer.push(pad(0, 0, 1), 0).events.length, 1);
  assert.equal(pacer.push(pad(1, 0, 1), 0).events.length, 1);
  assert.deepEqual(pacer.push(pad(0, 0, 2), 0.1).events, []);
  assert.deepEqual(pacer.push(pad(0, 0, 3), 0.2).events, []);
  assert.deepEqual(pacer.push(pad(0, 1, 3), 0.3).events, [pad(0, 0, 3), pad(0, 1, 3)]);
});

test('no distance is lost, and a flood becomes at most one movement per millisecond', () => {
  const gap = fc.double({ min: 0, max: 3, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(gap, fc.integer({ min: -50, max: 50 })), { maxLength: 200 }), (moves) => {
      const pacer = new InputPacer();
      let now = 0;
      let wakeAt = Number.POSITIVE_INFINITY;
      const sent: { at: number; dx: number }[] = [];
      const take = (output: CoreOutput<InputPacket>, at: number) => {
        for (const packet of output.events) {
          assert.ok(packet.kind === 'mouseMove');
          sent.push({ at, dx: packet.dx });
        }
        wakeAt = output.wakeAt;
      };
      for (const [after, dx] of moves) {
        now += after;
        while (wakeAt <= now) take(pacer.advance(wakeAt), wakeAt);
        take(pacer.push(move(dx), now), now);
      }
      while (wakeAt < Number.POSITIVE_INFINITY) take(pacer.advance(wakeAt), wakeAt);
      const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
      assert.equal(sum(sent.map(({ dx }) => dx)), sum(moves.map(([, dx]) => dx)));
      for (const [index, { at }] of sent.entries()) {
        if (index > 0) assert.ok(at - sent[index - 1]!.at >= 1 - 1e-6);
      }
    }),
  );
});

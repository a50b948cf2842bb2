import assert from 'node:assert/strict';
import test from 'node:test';
import { type Actuator, Rumble } from './rumble.ts';

function actuator(effects?: string[]): Actuator & { calls: unknown[] } {
  const calls: unknown[] = [];
  return {
    calls,
    ...(effects && { effects }),
    playEffect: async (...call) => calls.push(call),
    reset: async () => calls.push('reset'),
  };
}

test('low is the strong motor, high the weak one, and zero stops', () => {
  const pad = actuator();
  const rumble = new Rumble();
  rumble.play(pad, { kind: 'rumble', id: 0, low: 0xffff, high: 0 });
  rumble.play(pad, { kind: 'rumble', id: 0, low: 0, high: 0 });
  assert.deepEqual(pad.calls, [['dual-rumble', { duration: 5000, strongMagnitude: 1, weakMagnitude: 0 }], 'reset']);
});

test('trigger rumble leaves the main motors as they are', () => {
  const pad = actuator(['dual-rumble', 'trigger-rumble']);
  const rumble = new Rumble();
  rumble.play(pad, { kind: 'rumble', id: 0, low: 0xffff, high: 0 });
  rumble.play(pad, { kind: 'triggerRumble', id: 0, left: 0, right: 0xffff });
  assert.deepEqual(pad.calls.at(-1), [
    'trigger-rumble',
    { duration: 5000, strongMagnitude: 1, weakMagnitude: 0, leftTrigger: 0, rightTrigger: 1 },
  ]);
});

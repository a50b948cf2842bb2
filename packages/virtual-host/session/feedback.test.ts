import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import type { HostMessage } from '@moonshare/gamestream';
import { Feedback } from './feedback.ts';

const TRIGGER_RUMBLE = 0x0004;
const A = 0x1000;
const B = 0x2000;

/** A pad on virtual time, and a short record of what it feels. */
function pad(t: TestContext, capabilities: number) {
  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const felt: string[] = [];
  const feedback = new Feedback((message: HostMessage) => {
    if (message.type === 'rumble') felt.push(`pad ${message.low}`);
    if (message.type === 'triggerRumble') felt.push(`triggers ${message.left}`);
  });
  feedback.apply({ kind: 'controllerArrival', number: 0, type: 1, capabilities, supportedButtons: 0 });
  const still = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
  const hold = (buttons: number, activeMask = 1) =>
    feedback.apply({ kind: 'controllerState', number: 0, activeMask, buttons, ...still });
  return { felt, hold };
}

test('the motors of the pad and of its triggers stop independently', (t) => {
  const { felt, hold } = pad(t, TRIGGER_RUMBLE);
  hold(A);
  mock.timers.tick(100);
  hold(A | B);
  mock.timers.tick(150);
  assert.deepEqual(felt, ['pad 32768', 'triggers 32768', 'pad 0']);
  mock.timers.tick(100);
  assert.deepEqual(felt, ['pad 32768', 'triggers 32768', 'pad 0', 'triggers 0']);
});

test('pressing both buttons rumbles both', (t) => {
  const { felt, hold } = pad(t, TRIGGER_RUMBLE);
  hold(A | B);
  mock.timers.tick(250);
  assert.deepEqual(felt.toSorted(), ['pad 0', 'pad 32768', 'triggers 0', 'triggers 32768']);
});

test('B does not rumble a pad without trigger motors, and nothing rumbles an unplugged one', (t) => {
  const { felt, hold } = pad(t, 0);
  hold(B);
  assert.deepEqual(felt, []);
  hold(A);
  hold(0, 0);
  mock.timers.tick(1000);
  assert.deepEqual(felt, ['pad 32768']);
});

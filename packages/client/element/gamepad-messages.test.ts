import assert from 'node:assert/strict';
import test from 'node:test';
import type { PadInfo } from '../input/gamepad-tracker.ts';
import { describePad, describePlayers, padName, padProblem } from './gamepad-messages.ts';

const pad = (index: number, status: PadInfo['status']): PadInfo => ({
  index,
  id: 'USB Gamepad (Vendor: 0079 Product: 0006)',
  status,
});

test('people are told which player they are', () => {
  assert.equal(describePlayers([]), '');
  assert.equal(describePlayers([pad(0, { kind: 'joining' })]), '');
  assert.equal(describePlayers([pad(0, { kind: 'player', number: 2 })]), 'You are player 2');
  const three = [3, 1, 12].map((number, index) => pad(index, { kind: 'player', number }));
  assert.equal(describePlayers(three), 'You are players 1, 3 and 12');
  assert.equal(describePad(three[0]!), 'Player 3');
});

test('a gamepad that does not play is named, and setup is offered if possible', () => {
  const good = pad(0, { kind: 'player', number: 1 });
  const strange = pad(1, { kind: 'unsupported' });
  assert.equal(padProblem([good]), null);
  assert.deepEqual(padProblem([good, pad(2, { kind: 'no place' }), strange]), {
    text: 'USB Gamepad is not supported yet.',
    setUp: strange,
  });
  assert.deepEqual(padProblem([good, pad(2, { kind: 'no place' })]), {
    text: 'There is no free slot for USB Gamepad.',
    setUp: null,
  });
});

test('gamepad names lose what browsers add to them', () => {
  assert.equal(padName('Wireless Controller (STANDARD GAMEPAD Vendor: 054c Product: 09cc)'), 'Wireless Controller');
  assert.equal(padName('Xbox 360 Controller (XInput STANDARD GAMEPAD)'), 'Xbox 360 Controller');
  assert.equal(padName('79-6-Generic  USB  Joystick'), 'Generic  USB  Joystick');
  assert.equal(padName(' (Vendor: 0079 Product: 0006)'), 'Gamepad');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role, ViewerInput } from '@moonshare/contract';
import { InputArbiter } from './arbiter.ts';

const key = (down: boolean): ViewerInput => ({ kind: 'key', down, virtualKey: 0x41, modifiers: 0 });
const button = (down: boolean): ViewerInput => ({ kind: 'mouseButton', down, button: 1 });
const touch = (event: 'down' | 'move' | 'up'): ViewerInput => {
  return { kind: 'touch', event, pointerId: 7, x: 0, y: 0, pressure: 1, contactMajor: 0, contactMinor: 0, rotation: 0 };
};
const add: ViewerInput = { kind: 'controllerAdd', id: 0, supportedButtons: 1, capabilities: 2 };
const pad = (buttons: number): ViewerInput => {
  const rest = { leftTrigger: 0, rightTrigger: 0, leftX: 0, leftY: 0, rightX: 0, rightY: 0 };
  return { kind: 'controllerState', id: 0, buttons, ...rest };
};

function arbiter(back: Role = 'full', native = true): InputArbiter {
  const made = new InputArbiter();
  made.hostUp({ touch: native, fineWheel: false });
  made.join('before', 'full');
  made.join('back', back);
  return made;
}

const kinds = (packets: readonly { kind: string }[]) => packets.map(({ kind }) => kind);

test('a returning viewer keeps its keys, drag, fingers and pads, and can release them', () => {
  const input = arbiter();
  for (const event of [key(true), button(true), touch('down'), add, pad(0x1000)]) input.handle('before', event);
  const mask = input.gamepadMask;
  assert.deepEqual(input.transfer('before', 'back'), []);
  assert.equal(input.gamepadMask, mask);
  // Sent again, as a page does: nothing is new.
  assert.deepEqual(kinds([key(true), button(true), add].flatMap((event) => input.handle('back', event))), []);
  // Others wait for the drag to end, its owner does not.
  input.join('other', 'full');
  assert.deepEqual(input.handle('other', { kind: 'mouseMove', dx: 1, dy: 1 }), []);
  assert.equal(input.handle('back', { kind: 'mouseMove', dx: 1, dy: 1 }).length, 1);
  const rumble = { type: 'rumble', controller: 0, low: 1, high: 2 } as const;
  assert.equal(input.feedback(rumble)?.viewer, 'back');
  const ups = [key(false), button(false), touch('up'), pad(0)].flatMap((event) => input.handle('back', event));
  assert.deepEqual(kinds(ups), ['keyUp', 'mouseUp', 'touch', 'controllerState']);
});

test('the old id holds nothing after a transfer', () => {
  const input = arbiter();
  input.handle('before', key(true));
  input.transfer('before', 'back');
  assert.deepEqual(input.handle('before', key(false)), []);
  assert.deepEqual(input.leave('before'), []);
  assert.deepEqual(kinds(input.leave('back')), ['keyUp']);
});

test('a finger that acts as the mouse still does after a transfer', () => {
  const input = arbiter('full', false);
  input.handle('before', touch('down'));
  assert.deepEqual(input.transfer('before', 'back'), []);
  assert.deepEqual(kinds(input.handle('back', touch('up'))), ['mousePosition', 'mouseUp']);
});

test('a key that another viewer holds as well stays down until the last release', () => {
  const input = arbiter();
  input.join('other', 'full');
  input.handle('before', key(true));
  input.handle('other', key(true));
  input.transfer('before', 'back');
  assert.deepEqual(input.handle('other', key(false)), []);
  assert.deepEqual(kinds(input.handle('back', key(false))), ['keyUp']);
});

test('a viewer that returns with another role takes nothing over', () => {
  const input = arbiter('watch');
  for (const event of [key(true), add]) input.handle('before', event);
  assert.deepEqual(kinds(input.transfer('before', 'back')), ['keyUp', 'controllerState']);
  assert.equal(input.gamepadMask, 0);
});

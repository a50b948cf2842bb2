import assert from 'node:assert/strict';
import test from 'node:test';
import type { ViewerInput } from '@moonshare/contract/browser';
import { HeldInput } from './held-input.ts';

const key = (down: boolean, virtualKey: number): ViewerInput => ({ kind: 'key', down, modifiers: 2, virtualKey });
const button = (down: boolean): ViewerInput => ({ kind: 'mouseButton', down, button: 1 });
const at = (x: number): ViewerInput => ({ kind: 'mousePosition', x, y: 1, width: 100, height: 100 });
const finger = (event: 'down' | 'move' | 'up', pointerId: number): ViewerInput => {
  return { kind: 'touch', event, pointerId, x: 0, y: 0, pressure: 1, contactMajor: 0, contactMinor: 0, rotation: 0 };
};

function restated(...events: ViewerInput[]): ViewerInput[] {
  const held = new HeldInput();
  for (const event of events) held.note(event);
  return held.restate();
}

test('a new connection is told which keys and buttons are held and which were released', () => {
  assert.deepEqual(restated(key(true, 65), key(true, 66), key(false, 65)), [
    { kind: 'key', down: false, modifiers: 0, virtualKey: 65 },
    { kind: 'key', down: true, modifiers: 0, virtualKey: 66 },
  ]);
});

test('a drag carries on where the pointer is now, without a button the pointer stays where it was', () => {
  assert.deepEqual(restated(at(1), button(true), at(2)), [at(2), button(true)]);
  assert.deepEqual(restated(at(1), button(true), button(false), at(2)), [button(false)]);
});

test('fingers are restated as down or up, and only the last few lifted ones are remembered', () => {
  const events = Array.from({ length: 100 }, (_, id) => [finger('down', id), finger('up', id)]).flat();
  const said = restated(finger('down', 1000), finger('move', 1000), ...events);
  assert.deepEqual(said[0], finger('down', 1000));
  assert.equal(said.length, 17);
  assert.deepEqual(said.at(-1), finger('up', 99));
});

test('a gamepad that was unplugged is removed, even if that happened while disconnected', () => {
  const add: ViewerInput = { kind: 'controllerAdd', id: 3, supportedButtons: 1, capabilities: 1 };
  const remove: ViewerInput = { kind: 'controllerRemove', id: 3 };
  assert.deepEqual(restated(add, remove), [remove]);
  assert.deepEqual(restated(add, remove, add), []);
});

test('text and wheel are never sent again', () => {
  assert.deepEqual(restated({ kind: 'text', text: 'a' }, { kind: 'wheelPixels', dx: 1, dy: 1 }), []);
});

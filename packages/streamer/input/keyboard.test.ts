import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InputPacket } from '@moonshare/gamestream';
import { Keyboard } from './keyboard.ts';

const [CAPS, NUM, SCROLL, ENTER, TAB] = [0x14, 0x90, 0x91, 0x0d, 0x09];
const key = (down: boolean, virtualKey: number) => ({ kind: 'key' as const, down, modifiers: 0, virtualKey });
const locks = (capsLock: boolean | null, numLock: boolean | null = null, scrollLock: boolean | null = null) => ({
  kind: 'lockKeys' as const,
  capsLock,
  numLock,
  scrollLock,
});

function short(packets: readonly InputPacket[]): string[] {
  return packets.map((packet) => {
    if (packet.kind === 'text') return packet.text;
    if (packet.kind !== 'keyDown' && packet.kind !== 'keyUp') return packet.kind;
    return `${packet.kind === 'keyDown' ? '+' : '-'}${packet.keyCode.toString(16)}`;
  });
}

const press = (...keys: number[]) => keys.flatMap((code) => [`+${code.toString(16)}`, `-${code.toString(16)}`]);

test('lock keys count as off at the start, and are pressed to match', () => {
  const keyboard = new Keyboard();
  assert.deepEqual(short(keyboard.matchLocks(locks(false, false, false))), []);
  assert.deepEqual(short(keyboard.matchLocks(locks(true, false, true))), press(CAPS, SCROLL));
  assert.deepEqual(short(keyboard.matchLocks(locks(true, true, true))), press(NUM));
  assert.deepEqual(short(keyboard.matchLocks(locks(null, false))), press(NUM));
  assert.deepEqual(short(keyboard.matchLocks(locks(false, null, true))), press(CAPS));
});

test('a lock toggles once per press however many hold the key, and survives a lost session', () => {
  const keyboard = new Keyboard();
  keyboard.handle('a', key(true, CAPS));
  keyboard.handle('b', key(true, CAPS));
  keyboard.handle('a', key(false, CAPS));
  // Held by b: a press now would not help.
  assert.deepEqual(short(keyboard.matchLocks(locks(false))), []);
  keyboard.handle('b', key(false, CAPS));
  keyboard.releaseAll();
  assert.deepEqual(short(keyboard.matchLocks(locks(true))), []);
  assert.deepEqual(short(keyboard.matchLocks(locks(false))), press(CAPS));
});

test('text is typed one packet per character, with Enter for line breaks, Tab for tabs, and no control characters', () => {
  const keyboard = new Keyboard();
  assert.deepEqual(short(keyboard.type('a\r\nb\nc\rd\u2028e\u2029f\u0085g')), [
    ...['a', ...press(ENTER), 'b', ...press(ENTER), 'c', ...press(ENTER), 'd', ...press(ENTER), 'e'],
    ...[...press(ENTER), 'f', ...press(ENTER), 'g'],
  ]);
  assert.deepEqual(short(keyboard.type('👍\t\u0000\u001b\u007f\u009fé\ud800')), ['👍', ...press(TAB), 'é']);
});

test('a line break in a text is a separate press while a viewer holds Enter', () => {
  const keyboard = new Keyboard();
  keyboard.handle('a', key(true, ENTER));
  assert.deepEqual(short(keyboard.type('\n')), ['-d', '+d']);
  assert.deepEqual(short(keyboard.handle('a', key(false, ENTER))), ['-d']);
});

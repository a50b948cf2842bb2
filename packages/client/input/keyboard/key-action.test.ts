import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyActionOf, type Press } from './key-action.ts';
import { flags } from './testing/test-keyboard.ts';

const press = (key: string, code: string, letters = ''): Press => ({
  key,
  code,
  keyCode: 0,
  location: 0,
  flags: flags(letters),
});
const place = (virtualKey: number, shift = false) => ({ kind: 'key', virtualKey, shift });

test('a key with a code is sent as the key at that position', () => {
  assert.deepEqual(keyActionOf(press('a', 'KeyA')), place(0x41));
  assert.deepEqual(keyActionOf(press('A', 'KeyA', 's')), place(0x41));
  assert.deepEqual(keyActionOf(press('!', 'Digit1', 's')), place(0x31));
  assert.deepEqual(keyActionOf(press('Enter', 'Enter')), place(0x0d));
  assert.deepEqual(keyActionOf(press('Shift', 'ShiftLeft')), { kind: 'modifier', modifier: 'shift', virtualKey: 0xa0 });
  assert.deepEqual(keyActionOf(press('NumLock', 'NumLock')), { kind: 'lock', lock: 'numLock', virtualKey: 0x90 });
});

test('a capital or upper-row symbol that arrives without Shift is sent with Shift', () => {
  assert.deepEqual(keyActionOf(press('A', 'KeyA')), place(0x41, true));
  assert.deepEqual(keyActionOf(press('Ö', 'Semicolon')), place(0xba, true));
  assert.deepEqual(keyActionOf(press('!', 'Digit1')), place(0x31, true));
  assert.deepEqual(keyActionOf(press('{', 'BracketLeft')), place(0xdb, true));
});

test('what other layouts type without Shift is sent without Shift', () => {
  // French, Czech, German, programmer's Dvorak.
  for (const [key, code] of [
    ['&', 'Digit1'],
    ['!', 'Slash'],
    ['_', 'Digit8'],
    ['ě', 'Digit2'],
    ['ß', 'Minus'],
    ['+', 'BracketRight'],
    ['*', 'Digit7'],
    ['*', 'NumpadMultiply'],
  ] as const)
    assert.equal((keyActionOf(press(key, code)) as { shift: boolean }).shift, false, `${key} on ${code}`);
});

test('a capital from Caps Lock, AltGr or a shortcut is sent without Shift', () => {
  assert.deepEqual(keyActionOf(press('A', 'KeyA', 'C')), place(0x41));
  assert.deepEqual(keyActionOf(press('Ω', 'KeyQ', 'g')), place(0x51));
  assert.deepEqual(keyActionOf(press('C', 'KeyC', 'c')), place(0x43));
  // Caps Lock does not produce symbols.
  assert.deepEqual(keyActionOf(press('!', 'Digit1', 'C')), place(0x31, true));
});

test('without a code a character is sent as text and a named key as that key; anything else is left to the browser', () => {
  for (const code of ['', 'Unidentified']) {
    assert.deepEqual(keyActionOf(press('A', code)), { kind: 'text', text: 'A' });
    assert.deepEqual(keyActionOf(press('👍', code)), { kind: 'text', text: '👍' });
    assert.deepEqual(keyActionOf(press('ArrowLeft', code)), place(0x25));
    assert.deepEqual(keyActionOf(press('Backspace', code)), place(0x08));
    for (const key of ['Dead', 'Process', 'Unidentified', '']) assert.equal(keyActionOf(press(key, code)), null, key);
    assert.equal(keyActionOf(press('é', code, 'c')), null);
    assert.deepEqual(keyActionOf(press('a', code, 'c')), place(0x41));
    assert.deepEqual(keyActionOf(press('7', code, 'm')), place(0x37));
    // A number that browsers disagree about, or that is also a character, means nothing.
    assert.equal(keyActionOf({ ...press('Unidentified', code), keyCode: 65 }), null);
    assert.deepEqual(keyActionOf({ ...press('Unidentified', code), keyCode: 0x70 }), place(0x70));
    assert.deepEqual(keyActionOf({ ...press('', code), keyCode: 0x28 }), place(0x28));
  }
});

test('a modifier without a side is the left one; if its name is unknown, its position decides', () => {
  const modifier = (modifier: string, virtualKey: number) => ({ kind: 'modifier', modifier, virtualKey });
  assert.deepEqual(keyActionOf(press('Control', '')), modifier('control', 0xa2));
  assert.deepEqual(keyActionOf({ ...press('Alt', ''), location: 2 }), modifier('alt', 0xa5));
  assert.deepEqual(keyActionOf(press('Unidentified', 'ShiftRight')), modifier('shift', 0xa1));
  assert.deepEqual(keyActionOf(press('Super', 'OSRight')), modifier('meta', 0x5c));
  for (const key of ['constructor', '__proto__']) assert.equal(keyActionOf(press(key, key)), null);
});

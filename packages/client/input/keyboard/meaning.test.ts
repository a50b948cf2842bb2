import assert from 'node:assert/strict';
import test from 'node:test';
import { type Press, typedBy } from './typed.ts';

const press = (key: string, code: string, more: Partial<Press> & { on?: string[] } = {}): Press => {
  const { on = [], ...rest } = more;
  const none = { shiftKey: false, ctrlKey: false, altKey: false, metaKey: false };
  return { key, code, ...none, getModifierState: (name) => on.includes(name), ...rest };
};
const place = (virtualKey: number, shift = false) => ({ kind: 'key', virtualKey, shift });

test('a key of a keyboard is its place', () => {
  assert.deepEqual(typedBy(press('a', 'KeyA')), place(0x41));
  assert.deepEqual(typedBy(press('A', 'KeyA', { shiftKey: true })), place(0x41));
  assert.deepEqual(typedBy(press('!', 'Digit1', { shiftKey: true })), place(0x31));
  assert.deepEqual(typedBy(press('Enter', 'Enter')), place(0x0d));
  assert.deepEqual(typedBy(press('Shift', 'ShiftLeft')), place(0xa0));
});

test('a capital or a symbol of the upper row without Shift gets it', () => {
  assert.deepEqual(typedBy(press('A', 'KeyA')), place(0x41, true));
  assert.deepEqual(typedBy(press('Ö', 'Semicolon')), place(0xba, true));
  assert.deepEqual(typedBy(press('!', 'Digit1')), place(0x31, true));
  assert.deepEqual(typedBy(press('{', 'BracketLeft')), place(0xdb, true));
});

test('what other layouts have without Shift stays as it is', () => {
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
    assert.equal((typedBy(press(key, code)) as { shift: boolean }).shift, false, `${key} on ${code}`);
});

test('a capital of Caps Lock, of AltGr, or of a shortcut stays as it is', () => {
  assert.deepEqual(typedBy(press('A', 'KeyA', { on: ['CapsLock'] })), place(0x41));
  assert.deepEqual(typedBy(press('Ω', 'KeyQ', { on: ['AltGraph'] })), place(0x51));
  assert.deepEqual(typedBy(press('C', 'KeyC', { ctrlKey: true })), place(0x43));
  // Symbols do not come from Caps Lock.
  assert.deepEqual(typedBy(press('!', 'Digit1', { on: ['CapsLock'] })), place(0x31, true));
});

test('without a place a character is text and a named key its name; the rest is the browser’s', () => {
  for (const code of ['', 'Unidentified']) {
    assert.deepEqual(typedBy(press('A', code)), { kind: 'text', text: 'A' });
    assert.deepEqual(typedBy(press('👍', code)), { kind: 'text', text: '👍' });
    assert.deepEqual(typedBy(press('ArrowLeft', code)), place(0x25));
    assert.deepEqual(typedBy(press('Backspace', code)), place(0x08));
    for (const key of ['Dead', 'Process', 'Unidentified', '']) assert.equal(typedBy(press(key, code)), null, key);
    assert.equal(typedBy(press('a', code, { ctrlKey: true })), null);
  }
});

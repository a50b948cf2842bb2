import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desktop } from './desktop.ts';

const SHIFT = 0xa0;
const CONTROL = 0xa2;
const CAPS_LOCK = 0x14;

/** The text in the editor after this input: a positive number presses a key, a negative one releases it; strings are text. */
function typed(...input: (number | string)[]): string {
  const desktop = new Desktop(1280, 720);
  for (const each of input) {
    if (typeof each === 'string') desktop.apply(1, { kind: 'text', text: each });
    else desktop.apply(1, { kind: each < 0 ? 'keyUp' : 'keyDown', keyCode: Math.abs(each), modifiers: 0, flags: 0 });
  }
  return desktop.editor.text;
}
const press = (key: number) => [key, -key];

test('keys type what a US layout has there, with and without Shift', () => {
  assert.equal(typed(...press(0x41), SHIFT, ...press(0x41), ...press(0x31), -SHIFT, ...press(0x31), 'é'), 'aA!1é');
  assert.equal(typed(SHIFT, ...press(0xba), ...press(0xbf), ...press(0xde), -SHIFT, ...press(0xdb)), ':?"[');
});

test('Caps Lock inverts the case of letters, and affects nothing else', () => {
  const both = [...press(0x41), ...press(0x31), SHIFT, ...press(0x41), -SHIFT];
  assert.equal(typed(...press(CAPS_LOCK), ...both, ...press(CAPS_LOCK), ...both), 'A1aa1A');
});

test('a held key types once, and a shortcut types nothing', () => {
  assert.equal(typed(0x41, 0x41, -0x41, CONTROL, ...press(0x43), -CONTROL, ...press(0x42), ...press(0x08)), 'a');
});

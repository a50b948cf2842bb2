import assert from 'node:assert/strict';
import test from 'node:test';
import { virtualKey } from './virtual-keys.ts';

test('letters, digits, function keys and the number pad are numbered in order', () => {
  assert.equal(virtualKey('KeyA'), 0x41);
  assert.equal(virtualKey('KeyZ'), 0x5a);
  assert.equal(virtualKey('Digit0'), 0x30);
  assert.equal(virtualKey('Digit9'), 0x39);
  assert.equal(virtualKey('F1'), 0x70);
  assert.equal(virtualKey('F24'), 0x87);
  assert.equal(virtualKey('Numpad0'), 0x60);
  assert.equal(virtualKey('Numpad9'), 0x69);
});

test('left and right modifiers are different keys', () => {
  const codes = [
    'ShiftLeft',
    'ShiftRight',
    'ControlLeft',
    'ControlRight',
    'AltLeft',
    'AltRight',
    'MetaLeft',
    'MetaRight',
  ];
  const keys = codes.map((code) => virtualKey(code)!);
  assert.deepEqual(keys, [0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0x5b, 0x5c]);
});

test('every key of ISO, ANSI, ABNT and JIS keyboards in the W3C list has a virtual key', () => {
  const codes = `Backquote Backslash BracketLeft BracketRight Comma Equal IntlBackslash IntlRo IntlYen Minus Period Quote
    Semicolon Slash Backspace CapsLock ContextMenu Enter Space Tab Convert KanaMode Lang1 Lang2 NonConvert Delete End Help
    Home Insert PageDown PageUp ArrowDown ArrowLeft ArrowRight ArrowUp NumLock NumpadAdd NumpadComma NumpadDecimal
    NumpadDivide NumpadEnter NumpadEqual NumpadMultiply NumpadSubtract Escape PrintScreen ScrollLock Pause BrowserBack
    BrowserFavorites BrowserForward BrowserHome BrowserRefresh BrowserSearch BrowserStop LaunchApp1 LaunchApp2 LaunchMail
    MediaPlayPause MediaSelect MediaStop MediaTrackNext MediaTrackPrevious AudioVolumeDown AudioVolumeMute AudioVolumeUp`;
  for (const code of codes.split(/\s+/)) {
    const key = virtualKey(code);
    assert.ok(key !== null && key > 0 && key < 0xff, code);
  }
});

test('other codes, and property names of Object, have no virtual key', () => {
  for (const code of [
    '',
    'Unidentified',
    'Fn',
    'F0',
    'F01',
    'F25',
    'Digit10',
    'Numpad12',
    'KeyAA',
    'Key5',
    'constructor',
  ]) {
    assert.equal(virtualKey(code), null, code);
  }
});

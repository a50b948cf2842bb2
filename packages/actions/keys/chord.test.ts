import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHeld, parseKeyList, parsePresses } from './chord.ts';

/** Virtual keys of each press, or the text. */
function presses(text: string) {
  const parsed = parsePresses(text, { capitals: true });
  assert.ok(parsed.isValid, text);
  return parsed.value.map((press) => (press.type === 'chord' ? press.keys : press.text));
}

function list(...names: string[]) {
  const parsed = parseKeyList(names);
  assert.ok(parsed.isValid, names.join());
  return parsed.value.type === 'chord' ? parsed.value.keys : parsed.value.text;
}

test('keys have the names of xdotool and of the W3C, in any case', () => {
  for (const [virtualKey, ...names] of [
    [0x0d, 'Return', 'Enter', 'ENTER', 'KP_Enter', 'NumpadEnter'],
    [0x21, 'Page_Up', 'PageUp', 'PAGEUP', 'Prior', 'page up', 'pgup'],
    [0x08, 'BackSpace', 'Backspace'],
    [0x1b, 'Escape', 'esc', 'ESC'],
    [0x20, 'space', ' ', 'SPACE'],
    [0x5b, 'super', 'Super_L', 'cmd', 'META', 'win', 'MetaLeft'],
    [0xa2, 'ctrl', 'Control_L', 'CTRL', 'ControlLeft'],
    [0xa5, 'AltGr', 'ISO_Level3_Shift', 'AltRight'],
    [0x26, 'Up', 'ArrowUp', 'ARROWUP', 'KP_Up'],
    [0x74, 'F5', 'f5'],
    [0x67, 'KP_7', 'Numpad7'],
    [0x41, 'a', 'KeyA'],
    [0x31, '1', 'Digit1'],
    [0xbd, 'minus', 'Minus', '-'],
    [0xde, 'apostrophe', 'Quote', "'"],
    [0xad, 'XF86AudioMute', 'AudioVolumeMute'],
  ] as const) {
    for (const name of names) assert.deepEqual(presses(name), [[virtualKey]], name);
  }
});

test('keys are pressed together, or one after the other', () => {
  assert.deepEqual(presses('ctrl+shift+t'), [[0xa2, 0xa0, 0x54]]);
  assert.deepEqual(presses('Ctrl+A'), [[0xa2, 0x41]]);
  assert.deepEqual(presses('ctrl + s'), [[0xa2, 0x53]]);
  assert.deepEqual(presses('Down Down Return'), [[0x28], [0x28], [0x0d]]);
  assert.deepEqual(presses('ctrl+a Delete'), [[0xa2, 0x41], [0x2e]]);
  assert.deepEqual(list('CTRL', 'SHIFT', 'T'), [0xa2, 0xa0, 0x54]);
  assert.deepEqual(list('ctrl+c'), [0xa2, 0x43]);
  // A model that names a key twice means it once.
  assert.deepEqual(list('CTRL', 'CTRL', 'C'), [0xa2, 0x43]);
  assert.deepEqual(parseHeld(''), { isValid: true, value: [] });
});

test('a plus is a key, also beside others', () => {
  assert.deepEqual(presses('+'), [[0xa0, 0xbb]]);
  assert.deepEqual(presses('plus'), [[0xa0, 0xbb]]);
  assert.deepEqual(presses('ctrl++'), [[0xa2, 0xa0, 0xbb]]);
  assert.deepEqual(presses('ctrl+-'), [[0xa2, 0xbd]]);
  assert.deepEqual(list('CTRL', '+'), [0xa2, 0xa0, 0xbb]);
});

test('a capital letter is one where the dialect tells them apart, and a sign above another needs Shift', () => {
  assert.deepEqual(presses('A'), [[0xa0, 0x41]]);
  assert.deepEqual(list('A'), [0x41]);
  assert.deepEqual(presses('?'), [[0xa0, 0xbf]]);
  assert.deepEqual(presses('ctrl+shift+question'), [[0xa2, 0xa0, 0xbf]]);
});

test('a character that no key has is text, but not in a chord', () => {
  assert.deepEqual(presses('é'), ['é']);
  assert.deepEqual(list('😀'), '😀');
  const parsed = parsePresses('ctrl+é', { capitals: true });
  assert.deepEqual(parsed, { isValid: false, fault: { type: 'unknown', key: 'é', closest: null } });
});

test('an unknown key is named with the one that was meant', () => {
  for (const [text, key, closest] of [
    ['Entr', 'Entr', 'Enter'],
    ['ctrl+Retrun', 'Retrun', 'Return'],
    ['PageDwn', 'PageDwn', 'Page_Down'],
    ['Down Dwn', 'Dwn', 'Down'],
    ['xyzzyqwv', 'xyzzyqwv', null],
    ['ctrl+', '', null],
    ['+a', '', null],
  ] as const) {
    const parsed = parsePresses(text, { capitals: true });
    assert.deepEqual(parsed, { isValid: false, fault: { type: 'unknown', key, closest } }, text);
  }
});

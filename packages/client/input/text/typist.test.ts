import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ViewerInput } from '@moonshare/contract/browser';
import fc from 'fast-check';
import { piecesOf } from './text-pieces.ts';
import { MAX_TYPED } from './typing.ts';
import { Typist } from './typist.ts';

const A: ViewerInput = { kind: 'key', down: true, modifiers: 0, virtualKey: 0x41 };
const A_UP: ViewerInput = { ...A, down: false };

function short(events: readonly ViewerInput[]): string {
  return events
    .map((event) => {
      if (event.kind === 'text') return event.text;
      if (event.kind !== 'key') return `<${event.kind}>`;
      const name = { 9: 'Tab', 13: 'Enter', 65: 'A' }[event.virtualKey];
      return `<${event.down ? '+' : '-'}${name}>`;
    })
    .join('');
}

/** Everything a typist still types, and when it is done. */
function rest(typist: Typist): { typed: string; at: number } {
  let [typed, at] = ['', 0];
  for (let wakeAt = typist.wakeAt; wakeAt !== null; wakeAt = typist.wakeAt) {
    assert.ok(wakeAt >= at);
    at = wakeAt;
    typed += short(typist.advance(at));
  }
  return { typed, at };
}

test('all kinds of line breaks are typed as Enter, tabs as Tab, and no control character is typed', () => {
  const tap = (name: string) => `<+${name}><-${name}>`;
  const [enter, tab] = [tap('Enter'), tap('Tab')];
  assert.equal(short(piecesOf('a\r\nb\nc\rd\u2028e\u2029f\u0085g').flat()), [...'abcdefg'].join(enter));
  assert.equal(short(piecesOf('\n\n').flat()), enter + enter);
  assert.equal(short(piecesOf('a\tb').flat()), `a${tab}b`);
  const controls = [...Array(32).keys(), 0x7f, ...Array.from({ length: 32 }, (_, index) => 0x80 + index)]
    .map((code) => String.fromCharCode(code))
    .filter((character) => !'\t\n\r\u0085'.includes(character));
  assert.equal(controls.length, 61);
  assert.equal(short(piecesOf(`é${controls.join('')}👍`).flat()), 'é👍');
});

test('no piece is longer than a message, and none ends inside a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
      for (const [event] of piecesOf(text)) {
        if (event?.kind !== 'text') continue;
        assert.ok(new TextEncoder().encode(event.text).length <= 255);
        assert.ok(event.text.isWellFormed() || !text.isWellFormed());
      }
    }),
  );
});

test('a short text is typed at once, without a progress report', () => {
  const typist = new Typist();
  assert.equal(short(typist.text('hello', 0)), 'hello');
  assert.deepEqual([typist.typing, typist.wakeAt], [{ kind: 'idle' }, null]);
});

test('a long text is typed whole, in order, no faster than a streamer accepts it, with progress reports', () => {
  const text = Array.from({ length: 1600 }, (_, index) => `${String(index).padStart(9, '.')}|`).join('');
  const typist = new Typist();
  const first = short(typist.text(text, 0));
  assert.ok(first.length <= 2048 && first.length > 1500);
  assert.deepEqual(typist.typing, { kind: 'typing', done: first.length, total: 16_000, refused: 0 });
  const { typed, at } = rest(typist);
  assert.equal(first + typed, text);
  // 2048 at once, then 1500 a second.
  assert.ok(at > 9000 && at < 10_000, String(at));
  assert.deepEqual(typist.typing, { kind: 'idle' });
});

test('a text that is too long is refused and reported, and one being typed carries on', () => {
  const typist = new Typist();
  assert.deepEqual(typist.text('x'.repeat(MAX_TYPED + 1), 0), []);
  assert.deepEqual(typist.typing, { kind: 'refused', length: MAX_TYPED + 1, most: MAX_TYPED });
  assert.equal(typist.wakeAt, null);
  const first = short(typist.text('x'.repeat(MAX_TYPED), 0));
  assert.deepEqual(typist.text('y'.repeat(3000), 0), []);
  assert.deepEqual(typist.typing, { kind: 'typing', done: first.length, total: MAX_TYPED, refused: 3000 });
  assert.equal(first + rest(typist).typed, 'x'.repeat(MAX_TYPED));
  assert.deepEqual(typist.typing, { kind: 'refused', length: 3000, most: MAX_TYPED });
});

test('keys wait behind a text pasted before them, and otherwise go at once', () => {
  const typist = new Typist();
  assert.deepEqual(typist.key(A), [A]);
  const first = short(typist.text('x'.repeat(3000), 0));
  assert.deepEqual([typist.key(A), typist.key(A_UP)], [[], []]);
  const second = typist.text('yes', 0);
  assert.deepEqual(second, []);
  assert.equal(first + rest(typist).typed, `${'x'.repeat(3000)}<+A><-A>yes`);
});

test('waiting keys are bounded, but a key-up is never lost', () => {
  const typist = new Typist();
  typist.text('x'.repeat(3000), 0);
  for (let times = 0; times < 600; times += 1) typist.key(A);
  typist.key(A_UP);
  const { typed } = rest(typist);
  assert.equal(typed.split('<+A>').length - 1, 512);
  assert.ok(typed.endsWith('<-A>'));
});

test('stopping ends the typing, reports how far it got and releases held keys', () => {
  const typist = new Typist();
  const { length } = short(typist.text('x'.repeat(10_000), 0));
  typist.key(A);
  typist.key(A_UP);
  assert.deepEqual(typist.stop('asked'), [A_UP]);
  assert.deepEqual(typist.typing, { kind: 'stopped', why: 'asked', done: length, total: 10_000 });
  assert.equal(typist.wakeAt, null);
  typist.stop('disconnected');
  assert.equal(typist.typing.kind === 'stopped' && typist.typing.why, 'asked');
  assert.equal(short(typist.text('on', 10_000)), 'on');
  assert.deepEqual(typist.typing, { kind: 'idle' });
});

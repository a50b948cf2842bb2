import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FIELD_COLUMNS } from './places.ts';
import { TextField } from './text-field.ts';

function fieldWith(text: string): TextField {
  const field = new TextField();
  field.insert(text);
  return field;
}

function selected(field: TextField): string | null {
  return field.view().selection?.text ?? null;
}

test('typing goes to the caret, and replaces what is selected', () => {
  const field = fieldWith('one three');
  field.move(-1, 'word', false);
  field.insert('two ');
  assert.equal(field.text, 'one two three');
  field.selectAll();
  field.insert('é😀');
  assert.deepEqual([field.text, field.view().caret], ['é😀', 2]);
});

test('control characters are left out, and a long text loses its end', () => {
  assert.equal(fieldWith('a\tb\u0000c\u007f').text, 'abc');
  const field = fieldWith('x'.repeat(250));
  field.insert('0123456789');
  assert.equal(field.text.slice(250), '012345');
});

test('the caret moves by characters and words, and to the ends', () => {
  const field = fieldWith('one  two');
  const carets = (['character', 'word', 'word', 'end'] as const).map((unit) => {
    field.move(unit === 'end' ? 1 : -1, unit, false);
    return field.view().caret;
  });
  assert.deepEqual(carets, [7, 5, 0, 8]);
});

test('without Shift the arrow keys leave the selection at its ends', () => {
  const field = fieldWith('abcdef');
  field.point(1, false);
  field.point(4, true);
  assert.equal(selected(field), 'bcd');
  field.move(-1, 'character', false);
  assert.deepEqual([field.view().caret, selected(field)], [1, null]);
});

test('backspace and delete remove the selection, a character or a word', () => {
  const field = fieldWith('one two three');
  field.remove(-1, 'word');
  field.remove(-1, 'character');
  assert.equal(field.text, 'one two');
  field.move(-1, 'end', false);
  field.remove(1, 'character');
  assert.equal(field.text, 'ne two');
  field.selectAll();
  field.remove(1, 'character');
  field.remove(-1, 'character');
  field.remove(1, 'word');
  assert.equal(field.text, '');
});

test('a word is selected up to spaces and other signs; beyond the end, the last one', () => {
  const field = fieldWith('go to l’Île, now');
  for (const [column, word] of [
    [0, 'go'],
    [2, ' '],
    [8, 'Île'],
    [11, ','],
    [30, 'now'],
  ] as const) {
    field.selectWord(column);
    assert.equal(selected(field), word);
  }
  const empty = new TextField();
  empty.selectWord(0);
  assert.equal(selected(empty), null);
});

test('what is shown follows the caret, and leaves no empty room', () => {
  const field = fieldWith('x'.repeat(FIELD_COLUMNS + 10));
  assert.equal(field.view().first, 10);
  field.point(0, false);
  assert.deepEqual([field.view().caret, field.view().first], [10, 10], 'what was at the left edge stays there');
  field.move(-1, 'character', false);
  assert.equal(field.view().first, 9);
  field.move(1, 'end', true);
  field.remove(-1, 'character');
  assert.deepEqual([field.text.length, field.view().first], [9, 0]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureLines, thrownText } from './failure-text.ts';

/** As node:test reports what a test threw. */
const reported = (cause: unknown) => new Error('of node:test', { cause });

test('what a test threw is told by its message and the first frames of its stack that are not of node itself', () => {
  const text = thrownText(reported(new RangeError('seven is too many')));
  assert.match(text, /^RangeError: seven is too many\n\s+at .*failure-text\.test\.ts:/);
  assert.doesNotMatch(text, /node:internal/);
});

test('a long comparison leaves room for the stack', () => {
  const numbers = Array.from({ length: 100 }, (_, index) => ({ index }));
  let thrown: unknown;
  try {
    assert.deepEqual(
      numbers,
      numbers.map(({ index }) => ({ index: -index })),
    );
  } catch (error) {
    thrown = error;
  }
  const [, ...shown] = failureLines([{ name: 'compares', text: { thrown: thrownText(reported(thrown)) } }]);
  assert.ok(shown.length <= 31, shown.join('\n'));
  assert.ok(
    shown.some((line) => line.includes('failure-text.test.ts:')),
    shown.join('\n'),
  );
});

test('many failures share the lines: each keeps its beginning, and of what a process printed the end', () => {
  const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
  const lines = failureLines([
    ...Array.from({ length: 11 }, (_, index) => ({ name: `test ${index}`, text: { thrown: long } })),
    { name: 'a check', text: { printed: `${long}\n` } },
  ]);
  assert.equal(lines.filter((line) => line.startsWith('✖ ')).length, 12);
  assert.ok(lines.length < 150, `${lines.length} lines`);
  assert.deepEqual(lines.slice(0, 2), ['✖ test 0', '    line 0']);
  assert.equal(lines.at(-1), '    line 99');
});

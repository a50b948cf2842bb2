import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chain, type Head, NO_RECORDS } from './chain.ts';
import { ChainCheck } from './chain-check.ts';

const AT = '2026-12-01T10:00:00.000Z';

/** The lines of a chain, and its head. */
function chainOf(bodies: readonly object[]): { lines: string[]; head: Head } {
  let head = NO_RECORDS;
  const lines = bodies.map((body) => {
    const next = chain(head, JSON.stringify({ at: AT, event: 'test', ...body }));
    head = next.head;
    return next.line;
  });
  return { lines, head };
}

const numbered = (count: number) => chainOf(Array.from({ length: count }, (_, n) => ({ n })));

function check(lines: readonly string[], heads: Head[] = []) {
  const chainCheck = new ChainCheck(heads);
  for (const [index, line] of lines.entries()) chainCheck.add(line, { file: 'f', line: index + 1 });
  return chainCheck.end().map((finding) => {
    const { problem, place } = finding;
    const records = 'first' in finding ? [finding.first, finding.last] : [];
    return [problem, ...records, place?.line ?? null];
  });
}

test('a chain as it was written has nothing to find, with its head and each earlier one', () => {
  const { lines, head } = numbered(5);
  assert.deepEqual(check(lines, [head, numbered(3).head]), []);
  assert.deepEqual(check([]), []);
});

test('a changed line is found by the one after it, and the last one by the head', () => {
  const { lines, head } = numbered(5);
  const changed = lines.map((line) => line.replace('"n":2', '"n":7'));
  assert.deepEqual(check(changed, [head]), [['changed', 3, 3, 3]]);
  const last = lines.map((line) => line.replace('"n":4', '"n":7'));
  assert.deepEqual(check(last, [head]), [['changed', 5, 5, 5]]);
});

test('removed lines are found: in the middle, at the beginning and at the end', () => {
  const { lines, head } = numbered(6);
  assert.deepEqual(check(lines.toSpliced(2, 2), [head]), [['missing', 3, 4, 3]]);
  assert.deepEqual(check(lines.slice(2), [head]), [['missing', 1, 2, 1]]);
  assert.deepEqual(check(lines.slice(0, 4), [head]), [['cut', 5, 6, 4]]);
  assert.deepEqual(check([], [head]), [['cut', 1, 6, null]]);
});

test('lines in another order, and lines that are there twice, are found', () => {
  const { lines, head } = numbered(5);
  const swapped = lines.with(2, lines[3]!).with(3, lines[2]!);
  assert.deepEqual(check(swapped, [head]), [
    ['missing', 3, 3, 3],
    ['moved', 3, 3, 4],
  ]);
  assert.deepEqual(check([...lines, lines[1]!], [head]), [['moved', 2, 2, 6]]);
});

test('a line that is no record is found, and what follows it is not', () => {
  const { lines, head } = numbered(4);
  assert.deepEqual(check(lines.with(1, 'garbage'), [head]), [
    ['unreadable', 2],
    ['changed', 2, 2, 2],
  ]);
});

test('a whole chain that was made anew does not contain a head that was noted', () => {
  const { lines } = chainOf([{ n: 0 }, { n: 'another' }, { n: 2 }]);
  assert.deepEqual(check(lines, [numbered(3).head]), [['changed', 3, 3, 3]]);
});

test('records that were removed for their age are not missing, as the trail says so; more than those are', () => {
  const { lines, head } = chainOf([{}, {}, {}, {}, { event: 'trail.pruned', through: 2 }]);
  assert.deepEqual(check(lines.slice(2), [head]), []);
  assert.deepEqual(check(lines.slice(1), [head]), []);
  assert.deepEqual(check(lines.slice(3), [head]), [['missing', 3, 3, 1]]);
});

test('whatever is done to the lines is found', () => {
  const { lines, head } = numbered(12);
  const line = fc.integer({ min: 0, max: 11 });
  const tampered = fc.oneof(
    fc.tuple(line, line).map(([from, to]) => lines.toSpliced(from, 1).toSpliced(to, 0, lines[from]!)),
    fc.tuple(line, fc.integer({ min: 1, max: 12 })).map(([from, count]) => lines.toSpliced(from, count)),
    fc
      .tuple(line, fc.integer({ min: 0, max: 40 }), fc.integer({ min: 1, max: 9 }))
      .map(([at, place, by]) => lines.with(at, edited(lines[at]!, place, by))),
  );
  fc.assert(
    fc.property(tampered, (given) => {
      const isSame = given.length === lines.length && given.every((one, index) => one === lines[index]);
      assert.equal(check(given, [head]).length > 0, !isSame);
    }),
    { numRuns: 300 },
  );
});

/** With another character in one place. */
function edited(line: string, place: number, by: number): string {
  const at = place % line.length;
  return line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ by) + line.slice(at + 1);
}

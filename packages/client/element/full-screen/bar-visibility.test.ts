import assert from 'node:assert/strict';
import test from 'node:test';
import { BarVisibility } from './bar-visibility.ts';

function shownAt(bar: BarVisibility, ...times: number[]): boolean[] {
  return times.map((now) => {
    bar.advance(now);
    return bar.isShown;
  });
}

test('the bar is shown at first, then hides, and a pointer at the edge brings it back', () => {
  const bar = new BarVisibility();
  assert.deepEqual(shownAt(bar, 0), [false]);
  bar.entered(1000);
  assert.deepEqual(shownAt(bar, 4999, 5000), [true, false]);
  bar.pointer(13, 6000);
  assert.deepEqual(shownAt(bar, 6000), [false]);
  bar.pointer(12, 7000);
  assert.deepEqual(shownAt(bar, 9499, 9500), [true, false]);
});

test('the bar stays as long as the pointer is on it', () => {
  const bar = new BarVisibility();
  bar.entered(0);
  bar.over(true, 100);
  assert.deepEqual(shownAt(bar, 1e6), [true]);
  bar.pointer(0, 1e6);
  assert.deepEqual(shownAt(bar, 2e6), [true]);
  bar.over(false, 2e6);
  assert.deepEqual(shownAt(bar, 2e6 + 999, 2e6 + 1000), [true, false]);
  // A pointer that leaves a hidden bar does not bring it back.
  bar.over(false, 3e6);
  assert.deepEqual(shownAt(bar, 3e6), [false]);
});

test('a tap keeps the bar for a while', () => {
  const bar = new BarVisibility();
  bar.tapped(0);
  assert.deepEqual(shownAt(bar, 5999, 6000), [true, false]);
});

test('outside full screen there is no bar', () => {
  const bar = new BarVisibility();
  bar.entered(0);
  bar.left();
  assert.deepEqual(shownAt(bar, 1), [false]);
  assert.equal(bar.wakeAt, Number.POSITIVE_INFINITY);
});

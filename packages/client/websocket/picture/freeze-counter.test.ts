import assert from 'node:assert/strict';
import test from 'node:test';
import { FreezeCounter } from './freeze-counter.ts';

test('only a pause that is long for this stream is a freeze', () => {
  const freezesOf = (fps: number, pauseMs: number) => {
    const freezes = new FreezeCounter();
    const gaps = [...Array(60).fill(1000 / fps), pauseMs, ...Array(60).fill(1000 / fps)];
    let now = 0;
    for (const gap of gaps) {
      now += gap;
      freezes.shown(now);
    }
    return freezes.count;
  };
  assert.deepEqual([freezesOf(60, 160), freezesOf(60, 170), freezesOf(2, 1400), freezesOf(2, 1600)], [0, 1, 0, 1]);
});

test('a stream that has become slow is not frozen for ever', () => {
  const freezes = new FreezeCounter();
  let now = 0;
  for (const gap of [...Array(60).fill(16), ...Array(100).fill(2000)]) {
    now += gap;
    freezes.shown(now);
  }
  assert.ok(freezes.count >= 1 && freezes.count < 20, String(freezes.count));
});

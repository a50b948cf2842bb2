import assert from 'node:assert/strict';
import test from 'node:test';
import { KeptFrames } from './kept-frames.ts';

const MB = 1024 * 1024;
const frame = (isKey: boolean, startMs: number, bytes = 1) => ({ isKey, startMs, dueMs: startMs, bytes });

test('what comes before the key frame that is being played can be removed, and nothing else', () => {
  const kept = new KeptFrames();
  assert.deepEqual([kept.entryMs, kept.removable(0)], [null, null]);
  for (const [isKey, startMs] of [
    [true, 0],
    [false, 16],
    [true, 1000],
    [false, 1016],
  ] as const)
    kept.added(frame(isKey, startMs));
  assert.deepEqual([kept.beginsMs, kept.entryMs, kept.bytes], [0, 1000, 4]);
  assert.equal(kept.removable(999), null);
  assert.equal(kept.removable(1000), 1000);
  assert.equal(kept.removable(5000), null);
  assert.deepEqual([kept.beginsMs, kept.entryMs, kept.bytes], [1000, 1000, 2]);
});

test('a key frame is asked for before there is too much, and again only if none comes', () => {
  const kept = new KeptFrames();
  kept.added(frame(true, 0, 40 * MB));
  assert.equal(kept.needsKeyFrame(0), false);
  kept.added(frame(false, 16, 8 * MB));
  assert.deepEqual(
    [0, 1999, 2000].map((now) => kept.needsKeyFrame(now)),
    [true, false, true],
  );
  kept.added(frame(true, 32));
  assert.equal(kept.needsKeyFrame(9000), false);
});

test('a browser that takes less is given less', () => {
  const kept = new KeptFrames();
  kept.added(frame(true, 0, 10 * MB));
  kept.overflowed();
  assert.equal(kept.bytes, 0);
  kept.added(frame(true, 0, 6 * MB));
  assert.equal(kept.needsKeyFrame(0), false);
  kept.added(frame(false, 16, 1.1 * MB));
  assert.equal(kept.needsKeyFrame(0), true);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FrameTimes } from './frame-times.ts';

test('frames are as far apart as their presentation times, from zero on', () => {
  const times = new FrameTimes();
  const starts = [5_000_000, 5_016_000, 5_033_000, 5_050_000].map((timeUs) => times.next(timeUs).startUs);
  assert.deepEqual(starts, [0, 16_000, 33_000, 50_000]);
  assert.equal(times.presented(33_000), 5_033_000);
});

test('a frame after a gap begins where the one before has ended, and is due at its time', () => {
  const times = new FrameTimes();
  times.next(0);
  const before = times.next(16_000);
  assert.deepEqual(times.next(516_000), {
    startUs: before.startUs + before.durationUs,
    dueUs: 516_000,
    durationUs: 516_000 - before.startUs - before.durationUs + 312_500,
  });
  assert.equal(times.next(532_000).startUs, 532_000);
});

test('when the clock was set, the time line goes on as if nothing had happened', () => {
  for (const set of [-3_600_000_000, 3_600_000_000]) {
    const times = new FrameTimes();
    const first = times.next(7_200_000_000);
    const next = times.next(7_200_000_000 + set);
    assert.equal(next.startUs, first.durationUs);
    assert.equal(times.next(7_200_016_000 + set).startUs, next.startUs + 16_000);
    assert.equal(times.presented(next.startUs), 7_200_000_000 + set);
  }
});

test('whatever the times are, frames follow each other without a gap, none lasts no time, and none begins after it is due', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30_000_000 }), { minLength: 1 }), (all) => {
      const times = new FrameTimes();
      let end = 0;
      let start = -1;
      for (const timeUs of all) {
        const frame = times.next(timeUs);
        assert.ok(frame.startUs > start && frame.startUs <= end, `${frame.startUs} after ${start}..${end}`);
        assert.ok(frame.durationUs >= 1000 && frame.startUs <= frame.dueUs);
        [start, end] = [frame.startUs, frame.startUs + frame.durationUs];
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { VideoClock } from './video-clock.ts';

const steps = (values: number[]) => values.slice(1).map((value, index) => (value - values[index]!) >>> 0);

describe('the video clock', () => {
  it("uses the host's steps if it has a clock, whatever the arrival times", () => {
    const clock = new VideoClock(1000);
    const arrivals = [0, 16, 40, 41, 70];
    const stamps = arrivals.map((receivedAt, frame) =>
      clock.stamp({ hostTimestamp: (0xffffff00 + frame * 1500) >>> 0, receivedAt }),
    );
    assert.deepEqual(steps(stamps), [1500, 1500, 1500, 1500]);
  });

  it('uses arrival times if the host has no clock', () => {
    const clock = new VideoClock(0);
    const stamps = [10, 26, 43].map((receivedAt) => clock.stamp({ hostTimestamp: 0, receivedAt }));
    assert.deepEqual(stamps, [900, 2340, 3870]);
  });

  it('continues when the host clock steps back a little or stands still', () => {
    const clock = new VideoClock(0);
    const stamps = [9000, 10_500, 10_480, 12_000].map((hostTimestamp, frame) =>
      clock.stamp({ hostTimestamp, receivedAt: frame * 16 }),
    );
    assert.deepEqual(steps(stamps), [1500, 1, 1520]);
  });

  it('returns to arrival time when host time has drifted by a second', () => {
    const clock = new VideoClock(0);
    clock.stamp({ hostTimestamp: 100, receivedAt: 0 });
    const jumped = clock.stamp({ hostTimestamp: 100 + 90_000 * 5, receivedAt: 20 });
    assert.equal(jumped, 1800);
    assert.equal(clock.stamp({ hostTimestamp: 100 + 90_000 * 5 + 1500, receivedAt: 37 }), 3300);
  });

  it('stops using a host clock that keeps drifting', () => {
    const clock = new VideoClock(0);
    let receivedAt = 0;
    // 1 % fast for ten minutes at 60 frames a second.
    for (let frame = 0; frame < 36_000; frame += 1) {
      receivedAt = (frame * 1000) / 60;
      clock.stamp({ hostTimestamp: Math.round(receivedAt * 90.9), receivedAt });
    }
    const before = clock.stamp({ hostTimestamp: 1, receivedAt: receivedAt + 17 });
    assert.equal(before, Math.round((receivedAt + 17) * 90) % 2 ** 32);
  });

  it('continues from the arrival time with another host session', () => {
    const clock = new VideoClock(0);
    clock.stamp({ hostTimestamp: 5_000_000, receivedAt: 0 });
    assert.equal(clock.stamp({ hostTimestamp: 77, receivedAt: 2000 }), 180_000);
    assert.equal(clock.stamp({ hostTimestamp: 1577, receivedAt: 2040 }), 181_500);
  });

  it('gives the current time for sender reports', () => {
    const clock = new VideoClock(500);
    assert.equal(clock.at(100), null);
    const stamp = clock.stamp({ hostTimestamp: 0, receivedAt: 1000 });
    assert.equal(clock.at(1000), stamp);
    assert.equal(clock.at(1010.5), stamp + 945);
  });

  it('always moves forward, whatever the host sends', () => {
    const host = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff_ffff }));
    const frame = fc.record({ hostTimestamp: host, gap: fc.integer({ min: 0, max: 3000 }) });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 60 }), fc.integer({ min: 0, max: 0xffff_ffff }), (frames, origin) => {
        const clock = new VideoClock(origin);
        let receivedAt = 0;
        let previous: number | null = null;
        for (const { hostTimestamp, gap } of frames) {
          receivedAt += gap;
          const stamp = clock.stamp({ hostTimestamp, receivedAt });
          assert.ok(Number.isInteger(stamp) && stamp >= 0 && stamp < 2 ** 32);
          if (previous !== null) {
            const step = (stamp - previous) >>> 0;
            assert.ok(step > 0 && step < 2 ** 31, `step ${step}`);
          }
          previous = stamp;
        }
      }),
    );
  });
});

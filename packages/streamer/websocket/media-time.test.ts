import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { MediaTime } from './media-time.ts';

const HOUR = 3_600_000;
/** Ticks of the host's video clock, u32, at its time `ms`. */
const ticks = (ms: number) => Math.round(ms * 90) >>> 0;
const frame = (ms: number, receivedAt: number) => ({ hostTimestamp: ticks(ms), receivedAt });
const packet = (sequence: number, receivedAt: number) => ({ sequence, durationMs: 10 as const, receivedAt });

describe('presentation times', () => {
  it('of pictures have the cadence of the host, whenever they come', () => {
    const jitters = fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 20, maxLength: 200 });
    fc.assert(
      fc.property(jitters, (jitter) => {
        const time = new MediaTime();
        const times = [0, ...jitter].map((late, index) => time.video(frame(index * 20, 1_000 + index * 20 + late)));
        for (const [index, us] of times.entries()) {
          // It follows a slower clock by 500 ppm at most.
          const expected = 1_000_000 + index * 20_000;
          assert.ok(us >= expected && us <= expected + index * 10 + 1, `${us} instead of ${expected}`);
        }
      }),
    );
  });

  it('of pictures strictly increase, whatever the host says', () => {
    const arrival = fc.tuple(fc.nat(0xffff_ffff), fc.nat(200));
    fc.assert(
      fc.property(fc.array(arrival, { maxLength: 50 }), (frames) => {
        const time = new MediaTime();
        let receivedAt = 5_000;
        let last = -1;
        for (const [hostTimestamp, ms] of frames) {
          receivedAt += ms;
          const us = time.video({ hostTimestamp, receivedAt });
          assert.ok(us > last && Number.isSafeInteger(us));
          last = us;
        }
      }),
    );
  });

  it('go on when the counters of the host wrap', () => {
    const time = new MediaTime();
    const start = 2 ** 32 / 90 - 50;
    const times = Array.from({ length: 10 }, (_, index) => time.video(frame(start + index * 10, 1_000 + index * 10)));
    for (const [index, us] of times.entries()) assert.ok(Math.abs(us - times[0]! - index * 10_000) <= 100);
    const sounds = [0xffff, 0x1_0000].map((sequence, index) => time.audio(packet(sequence, 2_000 + index * 10))!);
    assert.ok(Math.abs(sounds[1]!.timeUs - sounds[0]!.timeUs - 10_000) <= 10);
  });

  it('of a host without a clock are those of arrival', () => {
    const time = new MediaTime();
    for (const receivedAt of [100, 117, 190]) {
      const us = time.video({ hostTimestamp: 0, receivedAt });
      assert.ok(Math.abs(us - receivedAt * 1_000) <= 50, `${us}`);
    }
  });

  it('of picture and sound stay together for hours, although the host has a clock for each', () => {
    const drifts = fc.tuple(fc.integer({ min: -150, max: 150 }), fc.integer({ min: -150, max: 150 }));
    fc.assert(
      fc.property(drifts, ([videoPpm, audioPpm]) => {
        const time = new MediaTime();
        let apart = 0;
        for (let now = 0; now < 3 * HOUR; now += 1_000) {
          const video = time.video(frame(now * (1 + videoPpm / 1e6), now));
          const sequence = Math.round((now / 10) * (1 + audioPpm / 1e6));
          const sound = time.audio(packet(sequence, now));
          assert.ok(sound !== null);
          apart = Math.max(apart, Math.abs(video - sound.timeUs));
        }
        assert.ok(apart < 30_000, `${apart} us apart`);
      }),
      { numRuns: 10 },
    );
  });

  it('of sound show a pause of the host', () => {
    const time = new MediaTime();
    const before = time.audio(packet(0, 1_000))!;
    time.audio(packet(1, 1_010));
    const after = time.audio(packet(2, 2_000))!;
    assert.equal(after.sequence - before.sequence, 2);
    assert.ok(after.timeUs - before.timeUs >= 980_000);
  });
});

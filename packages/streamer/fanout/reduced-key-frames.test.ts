import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReducedKeyFrames } from './reduced-key-frames.ts';
import { ViewerRung } from './rung.ts';

test('a key frame is asked for when the first of them may have it, and again two seconds later if it did not come', () => {
  const requests = new ReducedKeyFrames();
  assert.deepEqual(requests.advance(Number.POSITIVE_INFINITY, 0), { events: [], wakeAt: Number.POSITIVE_INFINITY });
  assert.deepEqual(requests.advance(1_000, 400), { events: [], wakeAt: 1_000 });
  assert.equal(requests.advance(1_000, 1_000).events.length, 1);
  assert.deepEqual(requests.advance(1_000, 2_999), { events: [], wakeAt: 3_000 });
  assert.equal(requests.advance(1_000, 3_000).events.length, 1);
});

test('any number of reduced viewers cost one key frame in two seconds, and each gets one every four', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(4_000), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 20, max: 300 }),
      (falls, hostMs) => {
        const requests = new ReducedKeyFrames();
        const viewers = falls.map((fall) => ({
          rung: new ViewerRung(),
          startsAt: Math.ceil(fall / 20) * 20,
          sent: [0],
        }));
        const requestedAt: number[] = [];
        let keyFrameAt = 0;
        for (let now = 0; now < 30_000; now += 20) {
          for (const { rung, startsAt } of viewers)
            if (now >= startsAt && now % 500 === startsAt % 500) rung.measured(1_000, 10_000, now);
          const keyFrame = now >= keyFrameAt;
          if (keyFrame) keyFrameAt = Number.POSITIVE_INFINITY;
          for (const { rung, sent } of viewers) {
            const isSent = rung.takes({ keyFrame, bytes: 10_000 }, now) && rung.current === 'reduced';
            if (!isSent) continue;
            // Trials are not what this is about.
            rung.dropped(now);
            sent.push(now);
          }
          const { events } = requests.advance(Math.min(...viewers.map(({ rung }) => rung.keyFrameDueAt)), now);
          if (events.length === 0) continue;
          requestedAt.push(now);
          keyFrameAt = now + hostMs;
        }
        for (const [index, at] of requestedAt.entries())
          assert.ok(index === 0 || at - requestedAt[index - 1]! >= 2_000);
        for (const { sent } of viewers)
          for (const [index, at] of sent.entries())
            assert.ok(index < 2 || (at - sent[index - 1]! >= 2_000 && at - sent[index - 1]! <= 4_000 + 2 * hostMs));
      },
    ),
    { numRuns: 50 },
  );
});

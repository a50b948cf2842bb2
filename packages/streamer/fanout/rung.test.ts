import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type RungEvent, ViewerRung } from './rung.ts';
import { SlowLine, type SlowLineOptions } from './testing/slow-line.ts';

const key = { keyFrame: true, bytes: 50_000 };
const delta = { keyFrame: false, bytes: 10_000 };
/** A trial that can only fail any more, the longest pause, and the wait for a key frame. */
const LONGEST_WAIT_MS = 15_000 + 60_000 + 8_500;

/** A viewer that has its first key frame. */
function started(): ViewerRung {
  const rung = new ViewerRung();
  assert.ok(rung.takes(key, 0));
  return rung;
}

/** One whose network has been found to be too slow, at 6000. */
function reduced(networkKbps = 1_000): ViewerRung {
  const rung = started();
  for (let now = 1_000; now <= 6_000; now += 500) rung.measured(networkKbps, 10_000, now);
  assert.equal(rung.current, 'reduced');
  return rung;
}

/** Measures the same twice a second, beginning at `from`, for so long. */
function measure(rung: ViewerRung, networkKbps: number | null, from: number, ms: number): number {
  let now = from;
  for (; now <= from + ms; now += 500) rung.measured(networkKbps, 10_000, now);
  return now;
}

const types = (events: readonly RungEvent[]) => events.map(({ type }) => type);

describe('what a viewer gets', () => {
  it('is nothing until a key frame, then everything', () => {
    const rung = new ViewerRung();
    assert.equal(rung.takes(delta, 0), false);
    assert.ok(rung.takes(key, 10));
    assert.ok(rung.takes(delta, 20));
    assert.deepEqual(rung.advance(20), { events: [], wakeAt: Number.POSITIVE_INFINITY });
  });

  it('is nothing after a drop until a key frame, which is asked for at once, and the next after two seconds', () => {
    const rung = started();
    rung.dropped(1_000);
    assert.equal(rung.takes(delta, 1_010), false);
    assert.deepEqual(types(rung.advance(1_010).events), ['keyFrameNeeded']);
    assert.ok(rung.takes(key, 1_100));
    rung.dropped(1_200);
    assert.deepEqual(rung.advance(1_200), { events: [], wakeAt: 1_700 });
    assert.deepEqual(types(rung.advance(3_009).events), ['changed']);
    assert.deepEqual(types(rung.advance(3_010).events), ['keyFrameNeeded']);
  });

  it('is told to the viewer once it has waited for half a second, not if the key frame comes sooner', () => {
    const rung = started();
    rung.dropped(1_000);
    assert.deepEqual(types(rung.advance(1_000).events), ['keyFrameNeeded']);
    assert.ok(rung.takes(key, 1_400));
    assert.deepEqual(rung.advance(1_600).events, []);
    rung.dropped(5_000);
    rung.advance(5_000);
    const report = { rung: 'catchingUp', cause: 'network', networkKbps: null, streamKbps: null };
    assert.deepEqual(rung.advance(5_500).events, [{ type: 'changed', report }]);
    assert.ok(rung.takes(key, 5_600));
    assert.deepEqual(rung.advance(5_600), { events: [], wakeAt: 6_100 });
    assert.deepEqual(rung.advance(6_100).events, [
      { type: 'changed', report: { rung: 'full', cause: null, networkKbps: null, streamKbps: null } },
    ]);
  });

  it('is a key frame every two seconds once its network has been too slow for five, and it is told why', () => {
    const rung = reduced(1_200);
    const report = { rung: 'reduced', cause: 'network', networkKbps: 1_200, streamKbps: 10_000 };
    assert.deepEqual(rung.advance(6_000).events, [{ type: 'changed', report }]);
    assert.equal(rung.takes(delta, 6_010), false);
    assert.equal(rung.takes(key, 7_999), false);
    assert.equal(rung.keyFrameDueAt, 8_000);
    assert.ok(rung.takes(key, 8_000));
    assert.equal(rung.keyFrameDueAt, Number.POSITIVE_INFINITY, 'nothing has changed since');
    assert.equal(rung.takes(delta, 8_020), false);
    assert.equal(rung.keyFrameDueAt, 10_000);
  });

  it('is key frames at a pace that its network carries', () => {
    const rung = reduced(100);
    assert.ok(rung.takes(key, 8_000));
    rung.takes(delta, 8_020);
    assert.equal(rung.keyFrameDueAt, 8_000 + 4_000);
    const barely = reduced(1);
    assert.ok(barely.takes(key, 8_000));
    barely.takes(delta, 8_020);
    assert.equal(barely.keyFrameDueAt, 8_000 + 8_000);
  });

  it('does not change because an estimate is a little low, climbs, or is low for a moment', () => {
    const rung = started();
    const now = measure(rung, 5_500, 0, 20_000);
    for (let at = now, kbps = 200; kbps < 10_000; at += 500, kbps *= 1.04) rung.measured(kbps, 10_000, at);
    for (let at = 100_000; at < 200_000; at += 500) rung.measured(at % 5_000 === 0 ? 10_000 : 1_000, 10_000, at);
    assert.equal(rung.current, 'full');
  });

  it('is reduced if its network carries most of it and frames are lost again and again', () => {
    const rung = started();
    // A browser repeats its request.
    for (let now = 1_000; now < 2_900; now += 200) rung.requestsKeyFrame(now);
    measure(rung, 9_500, 3_000, 8_000);
    assert.equal(rung.current, 'full', 'one loss');
    rung.requestsKeyFrame(12_000);
    measure(rung, 9_500, 12_000, 5_500);
    assert.equal(rung.current, 'reduced');
  });
});

describe('a reduced viewer', () => {
  it('gets everything on trial from a key frame on, and is full when that has gone well for five seconds', () => {
    const rung = reduced();
    rung.advance(6_000);
    assert.ok(rung.takes(key, 8_000));
    assert.equal(rung.takes(delta, 10_999), false, 'too soon for a trial');
    assert.ok(rung.takes(key, 11_000));
    assert.ok(rung.takes(delta, 11_020));
    measure(rung, 12_000, 11_020, 4_500);
    assert.deepEqual(rung.advance(15_600), { events: [], wakeAt: Number.POSITIVE_INFINITY }, 'not told yet');
    measure(rung, 12_000, 16_000, 500);
    assert.equal(rung.current, 'full');
    assert.deepEqual(types(rung.advance(16_500).events), ['changed']);
  });

  const failures: Record<string, (rung: ViewerRung) => void> = {
    'a frame is dropped': (rung) => rung.dropped(11_100),
    'its browser needs a key frame': (rung) => assert.equal(rung.requestsKeyFrame(12_000), false),
    'its network carries no more than before': (rung) => void measure(rung, 1_000, 11_100, 10_000),
  };
  for (const [what, happens] of Object.entries(failures))
    it(`stays reduced, and waits twice as long for the next trial, if ${what}`, () => {
      const rung = reduced();
      rung.advance(6_000);
      assert.ok(rung.takes(key, 11_000));
      assert.equal(rung.requestsKeyFrame(11_050), false, 'made before the key frame arrived');
      assert.ok(rung.takes(delta, 11_060));
      happens(rung);
      assert.equal(rung.takes(delta, 28_000), false);
      assert.deepEqual(rung.advance(28_000).events, [], 'nothing to tell');
      assert.ok(rung.takes(key, 40_000), 'the next trial');
      assert.ok(rung.takes(delta, 40_020));
    });

  it('is full after half a minute without a loss, whatever the estimate of its network', () => {
    const rung = reduced();
    assert.ok(rung.takes(key, 11_000));
    measure(rung, 6_000, 11_000, 29_500);
    assert.equal(rung.current, 'reduced');
    measure(rung, 6_000, 41_000, 0);
    assert.equal(rung.current, 'full');
  });

  it('gets its next trial at once when the stream has been small enough for its network for five seconds', () => {
    const rung = reduced();
    assert.ok(rung.takes(key, 11_000));
    rung.dropped(11_100);
    for (let now = 11_500; now <= 16_000; now += 500) rung.measured(1_000, 900, now);
    assert.ok(rung.takes(key, 16_000));
    assert.equal(rung.takes(delta, 16_020), false);
    rung.measured(1_000, 900, 16_500);
    assert.ok(rung.takes(key, 18_000));
    assert.ok(rung.takes(delta, 18_020));
  });

  it('gets its next trial at once when it is said that the stream has become smaller', () => {
    const rung = reduced();
    rung.retry(7_000);
    assert.ok(rung.takes(key, 8_000));
    assert.ok(rung.takes(delta, 8_020));
    rung.retry(8_030);
    assert.ok(rung.takes(delta, 8_040));
  });

  it('waits 5, 10, 20, 40, then 60 s, and 5 again once it was full for ten minutes', () => {
    const rung = reduced();
    const pauses: number[] = [];
    let fellAt = 6_000;
    const waitForTrial = () => {
      for (let now = fellAt; ; now += 500) {
        if (!rung.takes(key, now) || !rung.takes(delta, now)) continue;
        // It begins with a key frame, and these are two seconds apart.
        pauses.push(Math.floor((now - fellAt) / 2_500) * 2.5);
        return now;
      }
    };
    for (let trial = 0; trial < 6; trial += 1) {
      fellAt = waitForTrial() + 100;
      rung.dropped(fellAt);
    }
    assert.deepEqual(pauses, [5, 10, 20, 40, 60, 60]);
    const fullAt = measure(rung, null, waitForTrial(), 30_000);
    assert.equal(rung.current, 'full');
    const calmAt = measure(rung, null, fullAt, 600_000);
    fellAt = measure(rung, 1_000, calmAt, 5_000) - 500;
    assert.equal(rung.current, 'reduced');
    waitForTrial();
    assert.equal(pauses.at(-1), 5);
  });

  it('that falls within ten minutes of being full again goes on with longer pauses and trials', () => {
    const rung = reduced();
    assert.ok(rung.takes(key, 11_000));
    const fullAt = measure(rung, null, 11_000, 30_000);
    assert.equal(rung.current, 'full');
    const fellAt = measure(rung, 1_000, fullAt, 5_000) - 500;
    assert.equal(rung.current, 'reduced');
    rung.takes(key, fellAt + 9_000);
    assert.equal(rung.takes(delta, fellAt + 9_020), false);
    assert.ok(rung.takes(key, fellAt + 11_000));
    assert.ok(rung.takes(delta, fellAt + 11_020));
    const now = measure(rung, null, fellAt + 11_000, 59_500);
    assert.equal(rung.current, 'reduced');
    measure(rung, null, now, 0);
    assert.equal(rung.current, 'full');
  });
});

describe('on a line of any rate', () => {
  const scene = fc.record({
    kind: fc.constantFrom('webrtc' as const, 'websocket' as const),
    streamKbps: fc.integer({ min: 1_000, max: 40_000 }),
    keyFrameFactor: fc.integer({ min: 2, max: 8 }),
    noise: fc.constantFrom(0, 0.02, 0.1),
    seed: fc.integer(),
  });
  type Scene = Omit<SlowLineOptions, 'lineKbps' | 'random'> & { seed: number };
  const line = ({ seed, ...options }: Scene, lineKbps: (now: number) => number) =>
    new SlowLine({ ...options, lineKbps, random: generator(seed) });

  it('a viewer is told at most once that it is reduced, whatever the line carries as long as that does not change', () => {
    fc.assert(
      fc.property(scene, fc.double({ min: 0.05, max: 3, noNaN: true }), (options, ratio) => {
        const run = line(options, () => options.streamKbps * ratio);
        run.runUntil(400_000);
        if (ratio < 0.95 || ratio > 1.1) assert.ok(run.changes <= 1, `${run.changes} changes`);
        if (ratio < 0.75) assert.equal(run.rung.current, 'reduced');
        if (ratio > 1.25) assert.equal(run.rung.current, 'full');
      }),
      { numRuns: 60 },
    );
  });

  it('a viewer near the threshold changes no more often than others', () => {
    fc.assert(
      fc.property(scene, fc.double({ min: 0.95, max: 1.1, noNaN: true }), (options, ratio) => {
        const run = line(options, () => options.streamKbps * ratio);
        run.runUntil(900_000);
        // Once more at the start, then a fall and a rise each time that the trial has doubled.
        const most = 2 + 2 * Math.log2(900_000 / 30_000);
        assert.ok(run.changes <= most, `${run.changes} changes`);
      }),
      { numRuns: 40 },
    );
  });

  it('reduced viewers cost a key frame in two seconds at most, and get no more', () => {
    fc.assert(
      fc.property(scene, fc.double({ min: 0.05, max: 0.7, noNaN: true }), (options, ratio) => {
        const run = line(options, () => options.streamKbps * ratio);
        run.runUntil(120_000);
        const frames = run.keyFrames.filter(({ rung }) => rung === 'reduced');
        assert.ok(frames.length > 2);
        for (const [index, { at }] of frames.entries())
          assert.ok(index === 0 || at - frames[index - 1]!.at >= 2_000, `${at}, ${frames[index - 1]?.at}`);
      }),
      { numRuns: 30 },
    );
  });

  it('a viewer gets everything again a minute after its line has recovered, and is told when that holds', () => {
    fc.assert(
      fc.property(
        scene,
        fc.double({ min: 0.05, max: 0.7, noNaN: true }),
        fc.integer({ min: 10_000, max: 300_000 }),
        (options, ratio, recoveredAt) => {
          const run = line(options, (now) => options.streamKbps * (now < recoveredAt ? ratio : 3));
          run.runUntil(recoveredAt + LONGEST_WAIT_MS);
          assert.ok(run.rung.takes(delta, run.now), 'it gets everything');
          // A browser's estimate climbs by 8 % a second.
          run.runUntil(recoveredAt + LONGEST_WAIT_MS + 75_000);
          assert.equal(run.rung.current, 'full');
          assert.ok(run.changes <= 2, `${run.changes} changes`);
        },
      ),
      { numRuns: 40 },
    );
  });
});

/** 0 to 1, the same for the same seed (mulberry32). */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BandwidthEstimator } from './estimator.ts';
import { SimulatedViewer } from './testing/simulated-line.ts';

const near = (actual: number, expected: number, share: number) =>
  assert.ok(Math.abs(actual - expected) <= expected * share, `${actual} instead of ${expected}`);

describe('the estimate of a line', () => {
  it('is not there before the first feedback', () => {
    const estimator = new BandwidthEstimator();
    estimator.sent([new Uint8Array(100)], 1);
    assert.equal(estimator.estimate, null);
  });

  it('says what got through where no limit is felt', () => {
    for (const line of [
      {},
      { kbps: 20_000 },
      { jitterMs: 12 },
      { disorderMs: 8 },
      { feedbackLoss: 0.3 },
      { loss: 0.01 },
    ]) {
      const viewer = new SimulatedViewer(line);
      viewer.run(20_000);
      const { kbps, isLimit } = viewer.estimator.estimate!;
      assert.equal(isLimit, false, JSON.stringify(line));
      near(kbps, 10_000, 0.15);
    }
  });

  it('finds the limit of a slow line, with a long queue and a short one', () => {
    for (const kbps of [1_000, 5_000, 8_000])
      for (const queueMs of [2_000, 200, 30]) {
        const viewer = new SimulatedViewer({ kbps, queueMs });
        viewer.run(10_000);
        const { estimate } = viewer.estimator;
        assert.equal(estimate?.isLimit, true, `${kbps} kbit/s, ${queueMs} ms`);
        near(estimate.kbps, kbps, 0.15);
      }
  });

  it('feels a line that shrinks within two seconds, and that it has recovered within half a minute', () => {
    const viewer = new SimulatedViewer({ kbps: 50_000, queueMs: 500 });
    viewer.run(20_000);
    assert.equal(viewer.estimator.estimate!.isLimit, false);
    viewer.line = { ...viewer.line, kbps: 4_000 };
    viewer.run(2_000);
    assert.equal(viewer.estimator.estimate!.isLimit, true);
    viewer.run(3_000);
    near(viewer.estimator.estimate!.kbps, 4_000, 0.15);
    viewer.line = { ...viewer.line, kbps: 50_000 };
    viewer.run(30_000);
    const { kbps, isLimit } = viewer.estimator.estimate!;
    assert.equal(isLimit, false);
    near(kbps, 10_000, 0.15);
  });

  it('finds what others leave, and notices when they are gone', () => {
    const viewer = new SimulatedViewer({ kbps: 12_000, othersKbps: 6_000 });
    viewer.run(10_000);
    const { kbps, isLimit } = viewer.estimator.estimate!;
    assert.equal(isLimit, true);
    // Of 16 Mbit/s, the line takes 12.
    near(kbps, (10_000 * 12) / 16, 0.15);
    viewer.line = { ...viewer.line, othersKbps: 0 };
    viewer.run(30_000);
    assert.equal(viewer.estimator.estimate!.isLimit, false);
  });

  it('is no lower than what gets through where packets are lost at random', () => {
    const viewer = new SimulatedViewer({ loss: 0.15 });
    viewer.run(20_000);
    assert.ok(viewer.estimator.estimate!.kbps >= 7_500, String(viewer.estimator.estimate!.kbps));
  });

  it('keeps a limit that a small stream does not feel, and gives it up where a large one does not', () => {
    const viewer = new SimulatedViewer({ kbps: 4_000 });
    viewer.run(5_000);
    viewer.streamKbps = 500;
    viewer.run(60_000);
    const { kbps, isLimit } = viewer.estimator.estimate!;
    assert.equal(isLimit, true);
    near(kbps, 4_000, 0.15);
    viewer.line = { ...viewer.line, kbps: 50_000 };
    viewer.streamKbps = 10_000;
    viewer.run(1_500);
    assert.ok(viewer.estimator.estimate!.kbps >= 9_000, 'it follows what gets through at once');
    viewer.run(12_000);
    assert.equal(viewer.estimator.estimate!.isLimit, false);
  });

  it('knows nothing of another way, and is not misled by what went the old one', () => {
    const viewer = new SimulatedViewer({ kbps: 1_000, queueMs: 500 });
    viewer.run(5_000);
    assert.equal(viewer.estimator.estimate!.isLimit, true);
    viewer.move({ kbps: 100_000 });
    assert.equal(viewer.estimator.estimate, null);
    viewer.run(3_000);
    const { kbps, isLimit } = viewer.estimator.estimate!;
    assert.equal(isLimit, false);
    near(kbps, 10_000, 0.15);
  });

  it('survives the receiver beginning its clock anew', () => {
    const viewer = new SimulatedViewer({}, { clockOffset: 2 ** 24 * 64 - 10_000 });
    viewer.run(20_000);
    const { kbps, isLimit } = viewer.estimator.estimate!;
    assert.equal(isLimit, false);
    near(kbps, 10_000, 0.15);
  });

  it('is a number, whatever a receiver claims', () => {
    const step = fc.record({
      packets: fc.nat(50),
      wait: fc.nat(3000),
      base: fc.nat(0xffff),
      arrivals: fc.array(fc.oneof(fc.constant(Number.NaN), fc.double({ min: 0, max: 2 ** 30, noNaN: true })), {
        maxLength: 60,
      }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const estimator = new BandwidthEstimator();
        let now = 0;
        for (const { packets, wait, base, arrivals } of steps) {
          now += wait;
          estimator.sent(Array(packets).fill(new Uint8Array(1000)), now);
          estimator.feedback({ kind: 'transportFeedback', base, arrivals: Float64Array.from(arrivals) }, now);
          const { estimate } = estimator;
          if (estimate !== null) assert.ok(Number.isFinite(estimate.kbps) && estimate.kbps >= 0);
        }
      }),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AcknowledgementPace } from './acknowledgement-pace.ts';

const CALM = { isHeldUp: false, oldestMs: 0, baseMs: 20 };

/** One that has been calm from 0 on, with this much sent until 2000. */
function calm(bytes: number): AcknowledgementPace {
  const pace = new AcknowledgementPace();
  assert.equal(pace.update(CALM, 0), null);
  pace.sent(bytes);
  assert.equal(pace.update(CALM, 1_999), null);
  return pace;
}

describe('how often a browser is to acknowledge', () => {
  it('is less often once frames have neither waited nor been late for two seconds', () => {
    const pace = calm(1_000_000);
    assert.equal(pace.roomBytes, 0);
    assert.equal(pace.update(CALM, 2_000), 200);
    assert.equal(pace.roomBytes, 512 * 1024);
    assert.equal(pace.update(CALM, 2_100), null);
  });

  it('is only as far apart as there is room for what is sent meanwhile', () => {
    // 20 Mbit/s: 512 KB are 209 ms of it.
    assert.equal(calm(5_000_000).update(CALM, 2_000), 139);
    assert.equal(calm(5_000_000).update({ ...CALM, baseMs: 100 }, 2_000), null);
    assert.equal(calm(10_000_000).update(CALM, 2_000), null);
  });

  it('is often again as soon as a frame waits, was late, or an acknowledgement is missing', () => {
    const disturbances = [
      (pace: AcknowledgementPace) => pace.update({ ...CALM, isHeldUp: true }, 2_100),
      (pace: AcknowledgementPace) => pace.update({ ...CALM, oldestMs: 321 }, 2_100),
      (pace: AcknowledgementPace) => {
        pace.queued(101);
        return pace.update(CALM, 2_100);
      },
    ];
    for (const disturb of disturbances) {
      const pace = calm(1_000_000);
      pace.update(CALM, 2_000);
      assert.equal(pace.update({ ...CALM, oldestMs: 320 }, 2_050), null);
      assert.equal(disturb(pace), 50);
      assert.equal(pace.roomBytes, 0);
      pace.sent(1_000_000);
      assert.equal(pace.update(CALM, 4_099), null);
      assert.equal(pace.update(CALM, 4_100), 200);
    }
  });

  it('begins to wait anew with each disturbance', () => {
    const pace = calm(1_000_000);
    pace.queued(150);
    assert.equal(pace.update(CALM, 2_000), null);
    assert.equal(pace.update(CALM, 3_999), null);
    assert.equal(pace.update(CALM, 4_000), 200);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostQuality } from './host-quality.ts';

/** The judgement after each interval of 100 frames, of which this many were lost. */
function judgements(quality: HostQuality, ...losses: number[]) {
  let [frames, lostFrames] = [1000, 50];
  const next = (lost: number) => {
    frames += 100 - lost;
    lostFrames += lost;
    return quality.next({ frames, lost_frames: lostFrames });
  };
  return losses.map(next);
}

describe('the quality of the network to the host', () => {
  it('is poor at once with 30 of 100 frames lost, except in the first interval', () => {
    assert.deepEqual(judgements(new HostQuality(), 100, 29, 0, 30, 30), [null, null, null, 'Poor', null]);
  });

  it('is poor with 15 of 100 lost twice in a row', () => {
    assert.deepEqual(judgements(new HostQuality(), 0, 15, 14, 15, 15), [null, null, null, null, 'Poor']);
  });

  it('is OK again with at most 5 of 100 lost, and reported once', () => {
    const quality = new HostQuality();
    assert.deepEqual(judgements(quality, 0, 50, 6, 5, 5, 0), [null, 'Poor', null, 'Ok', null, null]);
    assert.equal(quality.current, 'Ok');
  });

  it('is not judged at the start of a stream, nor without a frame', () => {
    const quality = new HostQuality();
    assert.deepEqual(judgements(quality, 0, 50), [null, 'Poor']);
    quality.restart();
    assert.deepEqual(judgements(quality, 0), [null]);
    assert.equal(quality.next({ frames: 1100, lost_frames: 50 }), null);
    assert.equal(quality.current, 'Poor');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostQuality } from './host-quality.ts';

/** Looks after each interval of 100 frames, of which so many were lost. */
function looks(quality: HostQuality, ...losses: number[]) {
  let [frames, lostFrames] = [1000, 50];
  const look = (lost: number) => {
    frames += 100 - lost;
    lostFrames += lost;
    return quality.next({ frames, lost_frames: lostFrames });
  };
  return losses.map(look);
}

describe('the quality of the network to the host', () => {
  it('is poor at once with 30 of 100 frames lost, after the first interval', () => {
    assert.deepEqual(looks(new HostQuality(), 100, 29, 0, 30, 30), [null, null, null, 'Poor', null]);
  });

  it('is poor with 15 of 100 lost twice running', () => {
    assert.deepEqual(looks(new HostQuality(), 0, 15, 14, 15, 15), [null, null, null, null, 'Poor']);
  });

  it('is well again with 5 of 100 lost at most, and told once', () => {
    const quality = new HostQuality();
    assert.deepEqual(looks(quality, 0, 50, 6, 5, 5, 0), [null, 'Poor', null, 'Ok', null, null]);
    assert.equal(quality.current, 'Ok');
  });

  it('is not judged by a stream that begins, nor without a frame', () => {
    const quality = new HostQuality();
    assert.deepEqual(looks(quality, 0, 50), [null, 'Poor']);
    quality.restart();
    assert.deepEqual(looks(quality, 0), [null]);
    assert.equal(quality.next({ frames: 1100, lost_frames: 50 }), null);
    assert.equal(quality.current, 'Poor');
  });
});

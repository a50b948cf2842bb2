import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DecodeGate, type GatedVideoEvent } from './decode-gate.ts';
import type { VideoEvent } from './types.ts';

const frame = (frameIndex: number, keyFrame = false): VideoEvent => ({
  type: 'frame',
  frame: { frameIndex, keyFrame, data: Buffer.of(1), hostTimestamp: 0, receivedAt: 0, hostLatency: 0 },
});
const key = (frameIndex: number) => frame(frameIndex, true);
const lost = (frameIndex: number): VideoEvent => ({
  type: 'lost',
  frame: { frameIndex, received: true, receivedAt: 0 },
});

/** `7` = a frame, `-7` = one lost, `need` = keyFrameNeeded. */
const text = (event: GatedVideoEvent) => {
  if (event.type === 'frame') return `${event.frame.frameIndex}`;
  return event.type === 'lost' ? `-${event.frame.frameIndex}` : 'need';
};
const gated = (...events: VideoEvent[]) => new DecodeGate().filter(events).map(text).join(' ');

test('a stream that starts with its key frame passes, and no key frame is requested', () => {
  assert.equal(gated(key(0), frame(1), frame(2)), '0 1 2');
  assert.equal(gated(), '');
});

test('a stream that starts without a key frame is held back, and one is requested once', () => {
  assert.equal(gated(frame(5), frame(6), key(7), frame(8)), 'need 7 8');
});

test('a key frame is requested if the first one is lost', () => {
  assert.equal(gated(lost(1), lost(2)), '-1 need -2');
});

test('after a loss nothing passes until a key frame', () => {
  assert.equal(gated(key(1), lost(2), frame(3), frame(4), key(5), frame(6)), '1 -2 need 5 6');
});

test('each loss after a key frame causes a new request', () => {
  assert.equal(gated(key(1), lost(2), lost(3), key(4), lost(5), key(6)), '1 -2 need -3 4 -5 need 6');
});

test('a loss older than the key frame that opened the gate causes no request', () => {
  assert.equal(gated(key(4), lost(3), frame(5)), '4 -3 5');
});

test('a gap in the numbers counts as a loss even if none was reported', () => {
  assert.equal(gated(key(1), frame(3)), '1 need');
});

test('frame numbers wrap at 2^32', () => {
  assert.equal(gated(key(0xfffffffe), frame(0xffffffff), frame(0), frame(1)), '4294967294 4294967295 0 1');
});

test('whatever comes in, a frame follows its predecessor or is a key frame, and a loss causes a request until one comes', () => {
  const event = fc.oneof(
    fc.record({ index: fc.nat(30), keyFrame: fc.boolean() }).map(({ index, keyFrame }) => frame(index, keyFrame)),
    fc.nat(30).map(lost),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), (events) => {
      let before: number | null = null;
      let needed = false;
      for (const one of new DecodeGate().filter(events)) {
        if (one.type === 'keyFrameNeeded') {
          assert.ok(!needed, 'requested twice');
          needed = true;
        }
        if (one.type !== 'frame') continue;
        const { keyFrame, frameIndex } = one.frame;
        assert.ok(keyFrame || (!needed && frameIndex === before! + 1));
        needed = false;
        before = frameIndex;
      }
    }),
  );
});

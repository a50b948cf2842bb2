import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessUnit } from '../types.ts';
import { DecodeGate } from './gate.ts';
import type { VideoOutput } from './types.ts';

function frame(frameIndex: number, keyFrame = false): AccessUnit {
  return { frameIndex, keyFrame, data: Buffer.of(1), hostTimestamp: 0, receivedAt: 0, hostLatency: 0 };
}

const key = (frameIndex: number) => frame(frameIndex, true);

function output(frames: AccessUnit[], lost: number[] = []): VideoOutput {
  return {
    frames,
    lost: lost.map((frameIndex) => ({ frameIndex, received: true, receivedAt: 0 })),
    fecStatus: [],
    wakeAt: Number.POSITIVE_INFINITY,
  };
}

/** The frames let out and whether a key frame is asked for. */
function step(gate: DecodeGate, now: number, frames: AccessUnit[], lost: number[] = []): [number[], boolean] {
  const result = gate.accept(output(frames, lost), now);
  return [result.frames.map((one) => one.frameIndex), result.requestKeyFrame];
}

test('a stream that starts with its key frame goes through, and nothing is asked for', () => {
  const gate = new DecodeGate();
  assert.deepEqual(step(gate, 0, []), [[], false]);
  assert.deepEqual(step(gate, 1, [key(0), frame(1)]), [[0, 1], false]);
  assert.deepEqual(step(gate, 2, [frame(2)]), [[2], false]);
  assert.equal(gate.advance(10_000).requestKeyFrame, false);
});

test('a stream that starts without one is held, and one is asked for', () => {
  const gate = new DecodeGate();
  assert.deepEqual(step(gate, 0, [frame(5)]), [[], true]);
  assert.deepEqual(step(gate, 17, [frame(6)]), [[], false]);
  assert.deepEqual(step(gate, 34, [key(7), frame(8)]), [[7, 8], false]);
});

test('the key frame itself lost at the start', () => {
  const gate = new DecodeGate();
  assert.deepEqual(step(gate, 0, [], [1]), [[], true]);
});

test('after a loss nothing goes through before a key frame; the request is repeated until it comes', () => {
  const gate = new DecodeGate();
  step(gate, 0, [key(1)]);
  const lost = gate.accept(output([frame(3)], [2]), 1000);
  assert.deepEqual(lost, { frames: [], requestKeyFrame: true, wakeAt: 1500 });
  assert.deepEqual(gate.advance(1499), { frames: [], requestKeyFrame: false, wakeAt: 1500 });
  assert.deepEqual(gate.advance(1500), { frames: [], requestKeyFrame: true, wakeAt: 2000 });
  assert.deepEqual(step(gate, 1999, [frame(4)]), [[], false]);
  assert.deepEqual(step(gate, 2001, [frame(5)]), [[], true]);
  assert.deepEqual(step(gate, 2100, [key(6)]), [[6], false]);
  assert.equal(gate.advance(9000).requestKeyFrame, false);
});

test('frames before the loss in the same output still go through', () => {
  const gate = new DecodeGate();
  assert.deepEqual(step(gate, 0, [key(1), frame(2), frame(4)], [3]), [[1, 2], true]);
});

test('a key frame after the loss in the same output mends it', () => {
  const gate = new DecodeGate();
  step(gate, 0, [key(1)]);
  assert.deepEqual(step(gate, 1000, [frame(2), key(4), frame(5)], [3]), [[2, 4, 5], false]);
  assert.deepEqual(step(gate, 1001, [frame(6)]), [[6], false]);
});

test('a gap in the numbers is a loss although nobody reported it', () => {
  const gate = new DecodeGate();
  step(gate, 0, [key(1)]);
  assert.deepEqual(step(gate, 1000, [frame(3)]), [[], true]);
});

test('numbers go on past 2^32', () => {
  const gate = new DecodeGate();
  assert.deepEqual(step(gate, 0, [key(0xfffffffe), frame(0xffffffff), frame(0), frame(1)]), [
    [0xfffffffe, 0xffffffff, 0, 1],
    false,
  ]);
});

test('losses one after another ask at most every 250 ms', () => {
  const gate = new DecodeGate();
  let requests = 0;
  for (let at = 0, now = 0; now < 10_000; at += 2, now += 50) {
    const result = gate.accept(output([key(at)], [at + 1]), now);
    const after = gate.accept(output([], [at + 1]), now + 10);
    requests += Number(result.requestKeyFrame) + Number(after.requestKeyFrame);
  }
  assert.ok(requests <= 40, `${requests} requests in 10 s`);
  assert.ok(requests > 0);
});

test('a request made elsewhere counts', () => {
  const gate = new DecodeGate({ retryMs: 800 });
  step(gate, 0, [key(1)]);
  gate.requested(1000);
  assert.deepEqual(gate.accept(output([], [2]), 1100), { frames: [], requestKeyFrame: false, wakeAt: 1250 });
  gate.requested(1200);
  assert.deepEqual(gate.advance(1999), { frames: [], requestKeyFrame: false, wakeAt: 2000 });
  assert.equal(gate.advance(2000).requestKeyFrame, true);
});

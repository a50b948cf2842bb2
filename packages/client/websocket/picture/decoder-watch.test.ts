import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { DecoderWatch } from './decoder-watch.ts';

const key = (frame: number) => ({ isKey: true, isDiscontinuity: false, frame });
const delta = (frame: number) => ({ isKey: false, isDiscontinuity: false, frame });
const DECODE = { decode: true, replace: false, ask: null };
const SKIP = { decode: false, replace: false, ask: null };

test('nothing is decoded before a key frame, and frames follow it across the wrap of their numbers', () => {
  const watch = new DecoderWatch(0);
  assert.deepEqual(watch.received(delta(7), 0, 0), SKIP);
  assert.deepEqual(watch.received(key(2 ** 32 - 1), 0, 10), DECODE);
  assert.deepEqual(watch.received(delta(0), 0, 20), DECODE);
});

test('after a gap nothing is decoded until a key frame, which is asked for only while others keep coming', () => {
  for (const gap of [delta(3), { ...delta(2), isDiscontinuity: true }]) {
    const watch = new DecoderWatch(0);
    watch.received(key(1), 0, 0);
    watch.decoded();
    assert.deepEqual(watch.received(gap, 0, 100), SKIP);
    assert.deepEqual(watch.received(delta(4), 0, 1099), SKIP);
    assert.deepEqual(watch.received(delta(5), 0, 1100), { ...SKIP, ask: 'nothingShown' });
    assert.deepEqual(watch.received(delta(6), 0, 2099), SKIP);
    assert.deepEqual(watch.received({ ...key(9), isDiscontinuity: true }, 0, 2100), DECODE);
    assert.deepEqual(watch.received(delta(10), 0, 2116), DECODE);
  }
});

test('a decoder that fails is replaced, and a key frame is asked for at once and again', () => {
  const watch = new DecoderWatch(0);
  watch.received(key(1), 0, 0);
  assert.deepEqual(watch.failed(10), { decode: false, replace: true, ask: 'decoderError' });
  assert.deepEqual(watch.received(delta(2), 0, 20), SKIP);
  assert.deepEqual(watch.received(delta(60), 0, 1010), { ...SKIP, ask: 'decoderError' });
  assert.deepEqual(watch.received(key(61), 0, 1020), DECODE);
});

test('a picture that stands still while frames arrive: the decoder is replaced', () => {
  const watch = new DecoderWatch(0);
  watch.received(key(1), 0, 0);
  for (let frame = 2; frame < 62; frame += 1)
    assert.deepEqual(watch.received(delta(frame), 0, frame * 16), DECODE, String(frame));
  assert.deepEqual(watch.received(delta(62), 0, 1000), { decode: false, replace: true, ask: 'decoderReplaced' });
});

test('a slow stream that is decoded, or one that has just restarted, is no reason to replace the decoder', () => {
  const watch = new DecoderWatch(0);
  for (let frame = 1; frame < 20; frame += 1) {
    assert.deepEqual(watch.received(key(frame), 0, frame * 2000), DECODE);
    if (frame % 2 === 0) watch.decoded();
  }
  watch.decoded();
  assert.deepEqual(watch.received(delta(20), 0, 100_000), DECODE);
});

test('a decoder that falls a second behind is emptied', () => {
  const watch = new DecoderWatch(0);
  watch.received(key(1), 0, 0);
  watch.decoded();
  assert.deepEqual(watch.received(delta(2), 60, 16), DECODE);
  assert.deepEqual(watch.received(delta(3), 61, 32), { decode: false, replace: true, ask: 'decoderReplaced' });
  watch.received(key(4), 0, 48);
  assert.deepEqual(watch.received(key(5), 61, 64), { decode: true, replace: true, ask: null });
});

test('decoders that return nothing, one after the other, are given up after the fifth', () => {
  const watch = new DecoderWatch(0);
  for (let failure = 1; failure <= 5; failure += 1) {
    assert.equal(watch.isHopeless, false);
    watch.received(key(failure), 0, failure);
    watch.failed(failure);
  }
  assert.equal(watch.isHopeless, true);
  const better = new DecoderWatch(0);
  for (let failure = 1; failure <= 20; failure += 1) {
    better.received(key(failure), 0, failure);
    better.decoded();
    better.failed(failure);
  }
  assert.equal(better.isHopeless, false);
});

test('whatever happens, a decoder first gets a key frame, then every following frame until it is replaced', () => {
  const event = fc.oneof(
    fc.record({ isKey: fc.boolean(), isDiscontinuity: fc.boolean(), skip: fc.integer({ min: 0, max: 2 }) }),
    fc.constantFrom('decoded' as const, 'failed' as const),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 400 }))), (events) => {
      const watch = new DecoderWatch(0);
      let [now, frame] = [0, 0];
      let last: number | null = null;
      for (const [one, after] of events) {
        now += after;
        if (one === 'decoded') watch.decoded();
        else if (one === 'failed') {
          assert.deepEqual(watch.failed(now), { decode: false, replace: true, ask: 'decoderError' });
          last = null;
        } else {
          frame += 1 + one.skip;
          const care = watch.received({ ...one, frame }, 0, now);
          if (care.replace) last = null;
          if (!care.decode) continue;
          assert.ok(one.isKey || (last === frame - 1 && !one.isDiscontinuity), `frame ${frame} after ${last}`);
          last = frame;
        }
      }
    }),
  );
});

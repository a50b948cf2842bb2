import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { PacketTimes } from './packet-times.ts';

const PACKET_US = 5000;

test('packets follow one after the other, however their times were rounded', () => {
  const times = new PacketTimes(PACKET_US);
  const starts = [100_000, 105_001, 109_999, 115_000].map((timeUs, index) => times.next(index, timeUs)?.startUs);
  assert.deepEqual(starts, [0, 5000, 10_000, 15_000]);
  assert.equal(times.presented(10_000), 110_000);
});

test('a few lost packets are replaced, and many leave a gap', () => {
  const times = new PacketTimes(PACKET_US);
  times.next(0xfffe, 0);
  assert.deepEqual(times.next(1, 15_000), { startUs: 15_000, replaced: 2 });
  assert.deepEqual(times.next(41, 215_000), { startUs: 215_000, replaced: 0 });
});

test('a packet from before is left out', () => {
  const times = new PacketTimes(PACKET_US);
  times.next(7, 0);
  assert.equal(times.next(6, -5000), null);
  assert.equal(times.next(7, 0), null);
  assert.deepEqual(times.next(8, 5000), { startUs: 5000, replaced: 0 });
});

test('a sound whose clock is slower or faster than the picture’s stays with it', () => {
  for (const pace of [0.9995, 1.0005]) {
    const times = new PacketTimes(PACKET_US);
    for (let packet = 0; packet < 60_000; packet += 1) {
      const timeUs = Math.round(packet * PACKET_US * pace);
      const time = times.next(packet % 2 ** 16, timeUs);
      if (time !== null) assert.ok(Math.abs(time.startUs - timeUs) <= 45_000, `${time.startUs} at ${timeUs}`);
    }
  }
});

test('when the clock was set, the time line goes on', () => {
  const times = new PacketTimes(PACKET_US);
  times.next(0, 60_000_000);
  for (const [sequence, timeUs] of [
    [1, 0],
    [2, 600_000_000],
  ] as const)
    assert.deepEqual(times.next(sequence, timeUs), { startUs: sequence * PACKET_US, replaced: 0 });
});

test('whatever comes, packets never overlap', () => {
  const packet = fc.tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 30_000_000 }));
  fc.assert(
    fc.property(fc.array(packet), (packets) => {
      const times = new PacketTimes(PACKET_US);
      let end = 0;
      for (const [sequence, timeUs] of packets) {
        const time = times.next(sequence, timeUs);
        if (time === null) continue;
        assert.ok(time.startUs - time.replaced * PACKET_US >= end && time.replaced >= 0 && time.replaced <= 12);
        end = time.startUs + PACKET_US;
      }
    }),
  );
});

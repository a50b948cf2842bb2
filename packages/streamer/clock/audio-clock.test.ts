import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AudioClock } from './audio-clock.ts';

const clockAt = (sequence: number, ticks: number) => new AudioClock({ sequence, ticks });
const packet = (sequence: number, receivedAt: number, durationMs: 5 | 10 = 5) => ({ sequence, durationMs, receivedAt });

describe('the audio clock', () => {
  it('protocol/4 §7.2: counts 240 ticks for 5 ms and 480 for 10 ms', () => {
    const five = clockAt(10, 1000);
    assert.deepEqual(five.stamp(packet(7, 0)), { sequence: 10, timestamp: 1000, marker: true });
    assert.deepEqual(five.stamp(packet(8, 5)), { sequence: 11, timestamp: 1240, marker: false });
    const ten = clockAt(10, 1000);
    ten.stamp(packet(7, 0, 10));
    assert.deepEqual(ten.stamp(packet(8, 10, 10)), { sequence: 11, timestamp: 1480, marker: false });
  });

  it('keeps gaps, and gives a late recovered packet its own numbers', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(100, 0));
    assert.deepEqual(clock.stamp(packet(103, 15)), { sequence: 3, timestamp: 720, marker: false });
    assert.deepEqual(clock.stamp(packet(101, 16)), { sequence: 1, timestamp: 240, marker: false });
    assert.deepEqual(clock.stamp(packet(104, 20)), { sequence: 4, timestamp: 960, marker: false });
  });

  it('wraps both numbers', () => {
    const clock = clockAt(0xffff, 0xffff_ff80);
    assert.deepEqual(clock.stamp(packet(0, 0)), { sequence: 0xffff, timestamp: 0xffff_ff80, marker: true });
    assert.deepEqual(clock.stamp(packet(1, 5)), { sequence: 0, timestamp: 0x70, marker: false });
  });

  it('adds a pause of the host to the timestamp in whole packets, and marks the packet after it', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(1, 0));
    clock.stamp(packet(2, 5));
    assert.deepEqual(clock.stamp(packet(3, 2012)), { sequence: 2, timestamp: 480 + 2000 * 48, marker: true });
    assert.deepEqual(clock.stamp(packet(4, 2017)), { sequence: 3, timestamp: 720 + 2000 * 48, marker: false });
    assert.deepEqual(clock.stamp(packet(2, 2018)), { sequence: 1, timestamp: 240, marker: false });
  });

  it('does not take a burst after a short delay for a pause', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(0, 0));
    const stamps = [1, 2, 3, 4].map((sequence) => clock.stamp(packet(sequence, 90)));
    assert.deepEqual(
      stamps.map((stamp) => stamp?.timestamp),
      [240, 480, 720, 960],
    );
  });

  it('follows slow drift for hours without detecting a pause', () => {
    for (const rate of [0.9998, 1.0002]) {
      const clock = clockAt(0, 0);
      for (let sequence = 0; sequence < 2_000_000; sequence += 1) {
        const stamp = clock.stamp(packet(sequence, sequence * 5 * rate));
        if (sequence > 0) assert.equal(stamp?.marker, false);
      }
    }
  });

  it('continues without a gap when another host session counts from zero', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(500, 0));
    assert.deepEqual(clock.stamp(packet(0, 3000)), { sequence: 1, timestamp: 3000 * 48, marker: true });
    assert.deepEqual(clock.stamp(packet(1, 3005)), { sequence: 2, timestamp: 3005 * 48, marker: false });
  });

  it('takes a jump in the numbers for another session', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(5000, 0));
    assert.deepEqual(clock.stamp(packet(1, 10)), { sequence: 1, timestamp: 480, marker: true });
  });

  it('gives null for a packet from before its start', () => {
    const clock = clockAt(0, 0);
    clock.stamp(packet(10, 0));
    assert.equal(clock.stamp(packet(9, 1)), null);
  });

  it('gives the current time for sender reports', () => {
    const clock = clockAt(0, 100);
    assert.equal(clock.at(0), null);
    clock.stamp(packet(0, 50));
    assert.equal(clock.at(60), 580);
  });

  it('gives rising timestamps for packets in order', () => {
    const gap = fc.record({ skip: fc.integer({ min: 1, max: 20 }), wait: fc.integer({ min: 0, max: 5000 }) });
    fc.assert(
      fc.property(fc.array(gap, { maxLength: 80 }), (gaps) => {
        const clock = clockAt(0, 0);
        let [sequence, receivedAt, last] = [0, 0, -1];
        for (const { skip, wait } of gaps) {
          sequence += skip;
          receivedAt += wait;
          const stamp = clock.stamp(packet(sequence, receivedAt))!;
          assert.ok(stamp.timestamp > last);
          last = stamp.timestamp;
        }
      }),
    );
  });
});

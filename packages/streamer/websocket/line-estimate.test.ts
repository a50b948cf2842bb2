import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { LineEstimate } from './line-estimate.ts';

const limited = (now: number) => ({ isLimit: true, now });
const free = (now: number) => ({ isLimit: false, now });

describe('the estimate of a line', () => {
  it('counts the time for which the line was busy, without the way there and back', () => {
    const line = new LineEstimate();
    assert.equal(line.bytesPerMs, null);
    line.roundTrip(50, 0);
    line.arrived(1_000, 0, limited(150));
    assert.equal(line.bytesPerMs, 10);
  });

  it('counts the time since the last acknowledgement for what was sent before it', () => {
    const line = new LineEstimate();
    line.arrived(1_000, 0, limited(100));
    line.arrived(1_000, 10, limited(200));
    assert.equal(line.bytesPerMs, 10);
  });

  it('forgets what the line carried before', () => {
    const line = new LineEstimate();
    line.arrived(10_000, 0, limited(100));
    for (let now = 200; now <= 10_000; now += 100) line.arrived(1_000, now - 100, limited(now));
    assert.ok(Math.abs(line.bytesPerMs! - 10) < 1, `${line.bytesPerMs}`);
  });

  it('is not lowered by a stream that asks for less than the line carries, only raised by one that asks for more', () => {
    const line = new LineEstimate();
    line.arrived(10_000, 0, limited(100));
    line.arrived(1_000, 100, free(200));
    assert.equal(line.bytesPerMs, 100);
    line.arrived(50_000, 200, free(300));
    assert.ok(line.bytesPerMs! > 250);
  });

  it('falls while nothing arrives that should have', () => {
    const line = new LineEstimate();
    line.arrived(10_000, 0, limited(100));
    assert.equal(line.bytesPerMsBefore(1_000, 100, 105), 100);
    assert.ok(line.bytesPerMsBefore(1_000, 100, 1_100)! < 11);
  });

  it('knows the shortest round trip of the last ten to twenty seconds', () => {
    const line = new LineEstimate();
    assert.equal(line.baseMs, 0);
    line.roundTrip(20, 0);
    line.roundTrip(200, 5_000);
    line.roundTrip(200, 10_000);
    assert.equal(line.baseMs, 20);
    line.roundTrip(200, 20_000);
    assert.equal(line.baseMs, 200);
  });
});

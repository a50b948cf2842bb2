import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteBucket } from './byte-bucket.ts';

describe('a bucket of bytes', () => {
  it('allows a burst, then its rate, and never more than the burst', () => {
    const bucket = new ByteBucket(1000);
    assert.equal(bucket.available(0, 10), 1000);
    bucket.spend(1000);
    assert.equal(bucket.available(30, 10), 300);
    assert.equal(bucket.available(10_000, 10), 1000);
  });

  it('says when so many bytes may be sent', () => {
    const bucket = new ByteBucket(1000);
    bucket.available(5, 10);
    bucket.spend(900);
    assert.equal(bucket.readyAt(100, 10), 5);
    assert.equal(bucket.readyAt(400, 10), 35);
    assert.equal(bucket.available(35, 10), 400);
  });

  it('grants nothing when the clock goes back', () => {
    const bucket = new ByteBucket(1000);
    bucket.available(500, 10);
    bucket.spend(900);
    assert.equal(bucket.available(400, 10), 100);
    assert.equal(bucket.available(500, 10), 100);
  });

  it('notices when more is sent than it allows', () => {
    const bucket = new ByteBucket(1000);
    bucket.available(0, 10);
    assert.throws(() => bucket.spend(1001), /more was sent than was available/);
  });
});

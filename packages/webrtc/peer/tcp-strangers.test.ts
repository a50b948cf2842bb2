import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TcpStrangers } from './tcp-strangers.ts';

/** Connections 0 to `count - 1`, and those that had to go. */
function flood(strangers: TcpStrangers, count: number, addressOf: (index: number) => string): number[] {
  return Array.from({ length: count }, (_, index) => strangers.add(index, addressOf(index))).flatMap(
    (gone) => gone ?? [],
  );
}

describe('TCP connections of strangers', () => {
  it('of one address take no place of others', () => {
    const strangers = new TcpStrangers();
    assert.equal(strangers.add(1_000_000, '203.0.113.1'), null);
    const gone = flood(strangers, 10_000, () => '203.0.113.2');
    assert.deepEqual(
      gone,
      Array.from({ length: 10_000 - 32 }, (_, index) => index),
    );
    assert.equal(strangers.add(1_000_001, '203.0.113.1'), null);
  });

  it('of one IPv6 network take no place of others', () => {
    const strangers = new TcpStrangers();
    strangers.add(1_000_000, '2001:db8:0:2::1');
    const gone = flood(strangers, 1_000, (index) => `2001:db8:0:1::${(index + 1).toString(16)}`);
    assert.equal(gone.length, 1_000 - 32);
    assert.ok(!gone.includes(1_000_000));
  });

  it('of many addresses are bounded, and whoever has most of them loses the oldest', () => {
    const strangers = new TcpStrangers();
    strangers.add(1_000_000, '198.51.100.1');
    const gone = flood(strangers, 1_000, (index) => `203.0.113.${index % 20}`);
    assert.equal(gone.length, 1_001 - 256);
    assert.ok(!gone.includes(1_000_000));
  });

  it('that have introduced themselves or ended give their place back', () => {
    const strangers = new TcpStrangers();
    for (let index = 0; index < 1_000; index += 1) {
      assert.equal(strangers.add(index, '203.0.113.2'), null);
      strangers.remove(index, '203.0.113.2');
      strangers.remove(index, '203.0.113.2');
    }
  });
});

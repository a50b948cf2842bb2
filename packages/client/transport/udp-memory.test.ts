import assert from 'node:assert/strict';
import test from 'node:test';
import { type OriginStorage, UdpMemory } from './udp-memory.ts';

const base = new URL('https://host/moon/');
const HOUR = 3_600_000;

function memory(items = new Map<string, string>()): OriginStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

test('a failure is remembered for an hour, by every page, for its own server only', () => {
  const storage = memory();
  const first = new UdpMemory(base, storage);
  assert.equal(first.failedRecently(5), false);
  first.note(false, 5);
  const next = new UdpMemory(new URL('https://host/other/'), storage);
  assert.equal(next.failedRecently(5), true);
  assert.equal(next.failedRecently(5 + HOUR - 1), true);
  assert.equal(next.failedRecently(5 + HOUR), false);
  assert.equal(next.failedRecently(4), false);
  assert.equal(new UdpMemory(new URL('https://elsewhere/'), storage).failedRecently(5), false);
});

test('once UDP gets through, the failure is forgotten', () => {
  const storage = memory();
  const page = new UdpMemory(base, storage);
  page.note(false, 5);
  page.note(true, 6);
  assert.equal(page.failedRecently(7), false);
  assert.equal(new UdpMemory(base, storage).failedRecently(7), false);
});

test('without working storage it is remembered as long as the page lasts', () => {
  const refuse = () => {
    throw new Error('forbidden');
  };
  for (const storage of [null, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
    const page = new UdpMemory(base, storage);
    page.note(false, 5);
    assert.equal(page.failedRecently(6), true);
  }
  assert.equal(new UdpMemory(base, { ...memory(), getItem: () => 'soon' }).failedRecently(6), false);
});

import assert from 'node:assert/strict';
import test from 'node:test';
import { LinkRenewal, type TabStorage } from './link-renewal.ts';

const base = new URL('http://host/moon/');

function memory(items = new Map<string, string>()): TabStorage {
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  };
}

test('a renewal survives a reload, for its own link only', () => {
  const storage = memory();
  const first = new LinkRenewal({ base, streamerId: 'a', link: 'L' }, storage);
  assert.equal(first.value, null);
  first.value = 'R';
  assert.equal(new LinkRenewal({ base, streamerId: 'a', link: 'L' }, storage).value, 'R');
  assert.equal(new LinkRenewal({ base, streamerId: 'a', link: 'M' }, storage).value, null);
  assert.equal(new LinkRenewal({ base, streamerId: 'b', link: 'L' }, storage).value, null);
  first.value = null;
  assert.equal(new LinkRenewal({ base, streamerId: 'a', link: 'L' }, storage).value, null);
});

test('without working storage a renewal lasts as long as the page', () => {
  const refuse = () => {
    throw new Error('forbidden');
  };
  for (const storage of [null, { getItem: refuse, setItem: refuse, removeItem: refuse }]) {
    const renewal = new LinkRenewal({ base, streamerId: 'a', link: 'L' }, storage);
    renewal.value = 'R';
    assert.equal(renewal.value, 'R');
  }
  const garbled = { ...memory(), getItem: () => '{' };
  assert.equal(new LinkRenewal({ base, streamerId: 'a', link: 'L' }, garbled).value, null);
});

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { Devices } from './devices.ts';

test('a browser is recognized only for a user who has logged in there', () => {
  const devices = new Devices(randomBytes(32));
  const [one, other] = [devices.issue(1), devices.issue(1)];
  assert.notEqual(devices.idOf(1, one), null);
  assert.notEqual(devices.idOf(1, one), devices.idOf(1, other));
  assert.equal(devices.idOf(2, one), null);
  assert.equal(new Devices(randomBytes(32)).idOf(1, one), null);
});

test('a made-up cookie is not recognized', () => {
  const devices = new Devices(randomBytes(32));
  const [id, mac] = devices.issue(1).split('.') as [string, string];
  for (const cookie of [
    '',
    '.',
    id,
    `${id}.`,
    `${id}.${mac}x`,
    `${id}.${'A'.repeat(43)}`,
    `${'A'.repeat(16)}.${mac}`,
  ]) {
    assert.equal(devices.idOf(1, cookie), null, cookie);
  }
});

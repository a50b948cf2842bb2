import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Liveness } from './liveness.ts';

test('a viewer that has reported and then falls silent is gone', () => {
  const signs = new Liveness(0);
  signs.received(1000);
  signs.reported();
  signs.received(2000);
  assert.equal(signs.presence(10_000, Number.NEGATIVE_INFINITY), 'there');
  assert.equal(signs.presence(10_001, Number.NEGATIVE_INFINITY), 'gone');
  signs.received(11_000);
  assert.equal(signs.presence(11_000, Number.NEGATIVE_INFINITY), 'there');
});

test('silence during a flood of the port means quiet, and counts once the flood is over', () => {
  const signs = new Liveness(0);
  signs.reported();
  assert.equal(signs.presence(8_000, 8_000), 'there');
  assert.equal(signs.presence(8_001, 8_000), 'quiet');
  assert.equal(signs.presence(16_000, 8_000), 'quiet');
  assert.equal(signs.presence(16_001, 8_000), 'gone');
});

test('a viewer that never reported stays quiet, however long it is silent', () => {
  const signs = new Liveness(0);
  signs.received(1000);
  assert.equal(signs.presence(9_001, Number.NEGATIVE_INFINITY), 'quiet');
  assert.equal(signs.presence(3_600_000, Number.NEGATIVE_INFINITY), 'quiet');
  signs.received(3_600_000);
  signs.reported();
  assert.equal(signs.presence(3_608_001, Number.NEGATIVE_INFINITY), 'gone');
});

test('a viewer whose connection ends has left if it was just received from, or if it never reported and ICE did not end it', () => {
  const quiet = new Liveness(0);
  assert.equal(quiet.hasLeft(5000, true), true);
  assert.equal(quiet.hasLeft(5001, true), false);
  assert.equal(quiet.hasLeft(60_000, false), true);
  const browser = new Liveness(0);
  browser.reported();
  assert.equal(browser.hasLeft(5000, false), true);
  assert.equal(browser.hasLeft(5001, false), false);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supportsFineScroll } from './wheel.ts';

const host = (featureFlags: number, controlV2: boolean) => {
  return { featureFlags, encryption: { controlV2, video: false, audio: true } };
};

test('small steps go to a Sunshine with touch, not to one without, nor to a Wolf', () => {
  assert.equal(supportsFineScroll('auto', host(3, true)), true);
  assert.equal(supportsFineScroll('auto', host(2, true)), false);
  assert.equal(supportsFineScroll('auto', host(3, false)), false);
});

test('a configured wheel setting overrides what the host is', () => {
  assert.equal(supportsFineScroll('fine', host(0, false)), true);
  assert.equal(supportsFineScroll('notches', host(3, true)), false);
});

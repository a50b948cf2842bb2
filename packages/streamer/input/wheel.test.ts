import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supportsFineScroll } from './wheel.ts';

const host = (featureFlags: number, controlV2: boolean) => {
  return { featureFlags, encryption: { controlV2, video: false, audio: true } };
};

test('fine scrolling is used with a Sunshine that has touch, not with one without or with a Wolf', () => {
  assert.equal(supportsFineScroll('auto', host(3, true)), true);
  assert.equal(supportsFineScroll('auto', host(2, true)), false);
  assert.equal(supportsFineScroll('auto', host(3, false)), false);
});

test('the wheel setting overrides the detection', () => {
  assert.equal(supportsFineScroll('fine', host(0, false)), true);
  assert.equal(supportsFineScroll('notches', host(3, true)), false);
});

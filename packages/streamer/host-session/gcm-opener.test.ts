import assert from 'node:assert/strict';
import { createCipheriv, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createNodeGcmOpener } from '@moonshare/gamestream';
import { loadNative } from '@moonshare/webrtc';
import { createGcmOpener } from './gcm-opener.ts';

/** IV, four bytes of something, tag, and what is sealed. */
function seal(key: Buffer, plain: Buffer): Buffer {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([iv, randomBytes(4), cipher.getAuthTag(), sealed]);
}

test("the addon opens what Node's cipher opens, and nothing else, whatever came before", () => {
  const key = randomBytes(16);
  const open = createGcmOpener(key);
  for (let size = 0; size < 1500; size += 1 + (size % 97)) {
    const plain = randomBytes(size);
    const message = seal(key, plain);
    const room = Buffer.alloc(size);
    for (const at of [0, 16, 31, message.length - 1]) {
      const damaged = Buffer.from(message);
      damaged[at]! ^= 1;
      assert.equal(createNodeGcmOpener(key)(damaged, 0, 16, 32, room), false);
      assert.equal(open(damaged, 0, 16, 32, room), false);
    }
    assert.equal(open(seal(randomBytes(16), plain), 0, 16, 32, room), false);
    for (const opens of [open, createNodeGcmOpener(key)]) {
      room.fill(0);
      assert.equal(opens(message, 0, 16, 32, room), true, `${size} bytes`);
      assert.ok(room.equals(plain), `${size} bytes`);
    }
  }
});

const native = loadNative();

test('the addon reads and writes within the buffers that it is given', {
  skip: 'reason' in native && native.reason,
}, () => {
  assert.ok('addon' in native);
  const { addon } = native;
  const key = randomBytes(16);
  for (const length of [0, 15, 17]) assert.throws(() => addon.gcmCreate(Buffer.alloc(length)));
  const cipher = addon.gcmCreate(key);
  const message = seal(key, randomBytes(100));
  const room = Buffer.alloc(100);
  for (const [iv, tag, sealed] of [
    [-1, 16, 32],
    [121, 16, 32],
    [0, 117, 32],
    [0, 16, 133],
  ] as const) {
    assert.throws(() => addon.gcmOpen(cipher, message, iv, tag, sealed, room));
  }
  assert.throws(() => addon.gcmOpen(cipher, message, 0, 16, 32, room.subarray(1)));
  assert.throws(() => addon.gcmOpen(cipher, message.subarray(0, 11), 0, 0, 0, room));
  assert.ok(addon.gcmOpen(cipher, message, 0, 16, 32, room));
});

import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ControlCipher } from './cipher.ts';
import { type ControlVector, VECTOR_KEY, VECTORS } from './testing/vectors.ts';

const other = (side: 'client' | 'host') => (side === 'client' ? 'host' : 'client');
const cipher = (v: Pick<ControlVector, 'style'>, role: 'client' | 'host') =>
  new ControlCipher({ key: VECTOR_KEY, style: v.style, role });

for (const v of VECTORS) {
  test(`protocol/2 §7, packet to plain: ${v.name}`, () => {
    const opened = cipher(v, other(v.from)).open(Buffer.from(v.packet, 'hex'));
    assert.deepEqual(opened, { sequence: v.seq, plain: Buffer.from(v.plain, 'hex') });
  });
}

for (const v of VECTORS.filter((vector) => vector.seq < 100)) {
  test(`protocol/2 §7, plain to packet: ${v.name}`, () => {
    const sealing = cipher(v, v.from);
    for (let i = 0; i < v.seq; i++) sealing.seal(Buffer.alloc(4));
    assert.equal(sealing.seal(Buffer.from(v.plain, 'hex')).toString('hex'), v.packet);
  });
}

test('the vectors with a large sequence number decrypt with their IV', () => {
  const large = VECTORS.filter((v) => v.seq >= 100);
  assert.equal(large.length, 2);
  for (const v of large) {
    const packet = Buffer.from(v.packet, 'hex');
    const decipher = createDecipheriv('aes-128-gcm', VECTOR_KEY, Buffer.from(v.iv, 'hex'), { authTagLength: 16 });
    decipher.setAuthTag(packet.subarray(8, 24));
    assert.equal(Buffer.concat([decipher.update(packet.subarray(24)), decipher.final()]).toString('hex'), v.plain);
  }
});

test('anything but an envelope is dropped and counted, and later messages still open', () => {
  const host = new ControlCipher({ key: VECTOR_KEY, style: 'v2', role: 'host' });
  const client = new ControlCipher({ key: VECTOR_KEY, style: 'v2', role: 'client' });
  const good = client.seal(Buffer.from('0703010000', 'hex'));
  const change = (at: number, value: number) => {
    const b = Buffer.from(good);
    b[at] = value;
    return b;
  };
  assert.equal(host.open(Buffer.alloc(0)), null);
  assert.equal(host.open(Buffer.from([1])), null);
  assert.equal(host.open(good.subarray(0, 7)), null);
  assert.equal(host.open(Buffer.from('020302000000', 'hex')), null, 'plain message');
  assert.equal(host.open(change(2, 23)), null, 'length below 24');
  assert.equal(host.open(change(2, good.length - 3)), null, 'length beyond the packet');
  assert.equal(host.open(change(good.length - 1, good.at(-1)! ^ 1)), null, 'ciphertext');
  assert.equal(host.open(change(8, good[8]! ^ 1)), null, 'tag');
  assert.equal(client.open(good), null, 'own message: the sender is part of the IV');
  assert.ok(host.open(Buffer.concat([good, Buffer.from('trailing')])));
  assert.ok(host.open(good));
  assert.deepEqual(host.stats(), {
    opened: 2,
    tooShort: 3,
    notEncrypted: 1,
    badLength: 2,
    badTag: 2,
    trailing: 1,
  });
});

test('sequence numbers count from 0 and are accepted in any order, even all 0 as from Wolf', () => {
  const host = new ControlCipher({ key: VECTOR_KEY, style: 'old', role: 'host' });
  const packets = [0, 1, 2].map(() => host.seal(Buffer.from('0901040080030023', 'hex')));
  const client = new ControlCipher({ key: VECTOR_KEY, style: 'old', role: 'client' });
  assert.deepEqual(
    [2, 0, 0, 1].map((i) => client.open(packets[i]!)?.sequence),
    [2, 0, 0, 1],
  );
});

test('open never throws, whatever the bytes', () => {
  const host = new ControlCipher({ key: VECTOR_KEY, style: 'v2', role: 'host' });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (bytes, envelope) => {
      const packet = envelope ? Buffer.concat([Buffer.from([1, 0]), bytes]) : Buffer.from(bytes);
      assert.equal(host.open(packet), null);
    }),
  );
});

test('a key of the wrong length and a message too long for the length field are refused', () => {
  assert.throws(() => new ControlCipher({ key: Buffer.alloc(15), style: 'v2', role: 'host' }), {
    code: 'INVALID_ARGUMENT',
  });
  const c = new ControlCipher({ key: VECTOR_KEY, style: 'v2', role: 'host' });
  assert.throws(() => c.seal(Buffer.alloc(65516)), { code: 'INVALID_ARGUMENT' });
  assert.equal(c.seal(Buffer.alloc(65515)).readUInt16LE(2), 65535);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { audioKey, decryptAudio, encryptAudio } from './cipher.ts';
import { AudioPacketizer } from './packetizer.ts';
import { A1, A2, KEY, KEY_ID, PAYLOADS } from './testing/streams.ts';

test('example A-1 is matched byte for byte', () => {
  const host = new AudioPacketizer({ packetMs: 5, firstSequence: 8 });
  assert.deepEqual(
    PAYLOADS.flatMap((payload) => host.packetize(payload)),
    A1,
  );
});

test('example A-2 is matched byte for byte', () => {
  const host = new AudioPacketizer({ packetMs: 5, firstSequence: 8, key: KEY, keyId: KEY_ID });
  assert.deepEqual(
    PAYLOADS.flatMap((payload) => host.packetize(payload)),
    A2,
  );
});

test('IVs match protocol/3 §8.5, even for a negative rikeyid', () => {
  for (const [keyId, sequence, cipher] of [
    [KEY_ID, 4, 'b2d23dacdc978808048a7e1cf6f2fcfe'],
    [-2, 5, 'ade7798882345b644e4e4f9f59d76887'],
  ] as const) {
    const key = audioKey({ key: KEY, keyId })!;
    assert.equal(encryptAudio(key, sequence, PAYLOADS[0]!).toString('hex'), cipher);
    assert.deepEqual(decryptAudio(key, sequence, Buffer.from(cipher, 'hex')), PAYLOADS[0]);
    assert.deepEqual(decryptAudio(key, sequence + 65536, Buffer.from(cipher, 'hex')), PAYLOADS[0]);
  }
});

test('bad ciphertext gives null', () => {
  const key = audioKey({ key: KEY, keyId: KEY_ID })!;
  const good = encryptAudio(key, 1, PAYLOADS[0]!);
  for (const bad of [Buffer.alloc(0), good.subarray(0, 15), Buffer.concat([good, Buffer.alloc(1)]), Buffer.alloc(16)]) {
    assert.equal(decryptAudio(key, 1, bad), null);
  }
});

test('sequence numbers wrap, timestamps do not', () => {
  const host = new AudioPacketizer({ packetMs: 10, firstSequence: 65532 });
  const datagrams = Array.from({ length: 8 }, () => host.packetize(Buffer.alloc(20, 1))).flat();
  const fields = datagrams.map((one) => [one[1], one.readUInt16BE(2), one.readUInt32BE(4)]);
  assert.deepEqual(fields.slice(3, 8), [
    [97, 65535, 655350],
    [127, 0, 0],
    [127, 1, 0],
    [97, 0, 655360],
    [97, 1, 655370],
  ]);
  assert.deepEqual([datagrams[10]!.readUInt16BE(14), datagrams[10]!.readUInt32BE(16)], [0, 655360]);
});

test('a block whose packets differ in size gets no FEC, and the next one has it again', () => {
  const host = new AudioPacketizer({ packetMs: 5 });
  const counts = [10, 11, 10, 10, 12, 12, 12, 12].map((size) => host.packetize(Buffer.alloc(size, 1)).length);
  assert.deepEqual(counts, [1, 1, 1, 1, 1, 1, 1, 3]);
});

test('a stream cannot start inside a block', () => {
  for (const firstSequence of [1, 6, -4, Number.NaN]) {
    assert.throws(() => new AudioPacketizer({ packetMs: 5, firstSequence }), { code: 'INVALID_ARGUMENT' });
  }
});

test('a key must be complete', () => {
  for (const wrong of [{ key: KEY }, { key: KEY.subarray(1), keyId: 1 }]) {
    assert.throws(() => new AudioPacketizer({ packetMs: 5, ...wrong }), { code: 'INVALID_ARGUMENT' });
  }
});

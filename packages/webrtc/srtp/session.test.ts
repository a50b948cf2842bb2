import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { loadNative } from '../native/load.ts';
import { SrtpSession } from './session.ts';
import {
  deriveKeys,
  masterBytes,
  protectRtcp,
  type SessionKeys,
  unprotectRtcp,
  unprotectRtp,
} from './testing/reference-srtp.ts';

const PROFILES = ['AEAD_AES_128_GCM', 'AEAD_AES_256_GCM', 'AES128_CM_SHA1_80'] as const;
const SSRC = 0x1234_5678;
const native = loadNative();

/** A receiver report of this size from this sender. */
function report(bytes = 32, ssrc = SSRC): Buffer {
  const packet = randomBytes(bytes);
  packet.writeUInt32BE(0x80c9_0007, 0);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

function open(profile: (typeof PROFILES)[number]): { session: SrtpSession; ours: SessionKeys; theirs: SessionKeys } {
  const [local, remote] = [randomBytes(masterBytes(profile)), randomBytes(masterBytes(profile))];
  const session = new SrtpSession(profile, local, remote);
  return { session, ours: deriveKeys(profile, local, 'rtcp'), theirs: deriveKeys(profile, remote, 'rtcp') };
}

describe('RTCP', { skip: 'reason' in native && native.reason }, () => {
  for (const profile of PROFILES) {
    test(`is protected and opened as the reference does it: ${profile}`, () => {
      const { session, ours, theirs } = open(profile);
      for (let index = 0; index < 200; index += 1) {
        const packet = report(index < 20 ? 8 + index * 4 : randomInt(8, 1400));
        assert.deepEqual(unprotectRtcp(ours, Buffer.from(session.protectRtcp(packet))), { packet, index });
        const opened = session.unprotectRtcp(protectRtcp(theirs, packet, index + 1));
        assert.ok(opened !== null && packet.equals(opened));
      }
      session.free();
    });

    test(`with any bit changed, cut short or grown, it is refused: ${profile}`, () => {
      const { session, theirs } = open(profile);
      const sealed = protectRtcp(theirs, report(), 7);
      for (let bit = 0; bit < sealed.length * 8; bit += 1) {
        const forged = Buffer.from(sealed);
        forged[bit >> 3]! ^= 1 << (bit & 7);
        assert.equal(session.unprotectRtcp(forged), null, `bit ${bit}`);
      }
      for (let length = 0; length < sealed.length; length += 1)
        assert.equal(session.unprotectRtcp(sealed.subarray(0, length)), null);
      assert.equal(session.unprotectRtcp(Buffer.concat([sealed, Buffer.alloc(1)])), null);
      // Forgeries have not spoiled it for the real one.
      assert.notEqual(session.unprotectRtcp(sealed), null);
      session.free();
    });
  }

  test('is taken once, and no later than 63 packets after its time', () => {
    const { session, theirs } = open('AEAD_AES_128_GCM');
    const isTaken = (index: number, ssrc = SSRC) =>
      session.unprotectRtcp(protectRtcp(theirs, report(32, ssrc), index)) !== null;
    const taken = new Set<number>();
    let last = 0;
    for (let round = 0; round < 2000; round += 1) {
      const index = Math.max(0, last + randomInt(-80, round % 50 === 0 ? 100 : 5));
      assert.equal(
        isTaken(index),
        !taken.has(index) && (taken.size === 0 || index > last - 64),
        `index ${index} after ${last}`,
      );
      if (index > last - 64) taken.add(index);
      last = Math.max(last, index);
    }
    assert.ok(isTaken(2 ** 31 - 1) && !isTaken(2 ** 31 - 1) && isTaken(2 ** 31 - 64) && !isTaken(2 ** 31 - 65));
    assert.ok(isTaken(0, 1), 'each sender counts for itself');
    session.free();
  });

  test('of one sender too many is refused, and those before are still heard', () => {
    const { session, theirs } = open('AEAD_AES_128_GCM');
    const take = (ssrc: number, index: number) => session.unprotectRtcp(protectRtcp(theirs, report(32, ssrc), index));
    for (let ssrc = 1; ssrc <= 32; ssrc += 1) assert.notEqual(take(ssrc, 1), null);
    assert.equal(take(33, 1), null);
    assert.notEqual(take(32, 2), null);
    session.free();
  });

  test('takes no keys of the wrong length, and nothing after its end', () => {
    assert.throws(() => new SrtpSession('AEAD_AES_128_GCM', randomBytes(28), randomBytes(27)), {
      code: 'ERR_INVALID_ARG_VALUE',
    });
    const { session } = open('AEAD_AES_256_GCM');
    assert.throws(() => session.protectRtcp(Buffer.alloc(7)), { code: 'ERR_SRTP_EXHAUSTED' });
    session.free();
    assert.throws(() => session.protectRtcp(report()), { code: 'ERR_INVALID_ARG_VALUE' });
    assert.throws(() => session.free(), { code: 'ERR_INVALID_ARG_VALUE' });
  });
});

describe('RTP, packet by packet', { skip: 'reason' in native && native.reason }, () => {
  /** With an extension of one word. */
  const rtp = (sequence: number, bytes = 100): Buffer => {
    const packet = randomBytes(20 + bytes);
    packet.writeUInt32BE((0x9066_0000 | sequence) >>> 0, 0);
    packet.writeUInt32BE(SSRC, 8);
    packet.writeUInt32BE(0xbede_0001, 12);
    return packet;
  };

  for (const profile of PROFILES) {
    test(`is protected as the reference opens it, also when the numbers wrap: ${profile}`, () => {
      const [local, remote] = [randomBytes(masterBytes(profile)), randomBytes(masterBytes(profile))];
      const session = new SrtpSession(profile, local, remote);
      const keys = deriveKeys(profile, local, 'rtp');
      for (let index = 0xfff0; index < 0x1_0010; index += 1) {
        const packet = rtp(index & 0xffff, randomInt(0, 1200));
        assert.deepEqual(unprotectRtp(keys, Buffer.from(session.protectRtp(packet)!), index >> 16), packet);
        // The same number for something else would give the key away.
        assert.equal(session.protectRtp(rtp(index & 0xffff)), null);
      }
      session.free();
    });
  }

  test('is refused if its header does not fit', () => {
    const session = new SrtpSession('AEAD_AES_128_GCM', randomBytes(28), randomBytes(28));
    const packet = rtp(1);
    for (let length = 0; length < 20; length += 1) assert.equal(session.protectRtp(packet.subarray(0, length)), null);
    const sources = Buffer.from(packet.subarray(0, 40));
    sources[0] = 0x8f;
    assert.equal(session.protectRtp(sources), null);
    assert.notEqual(session.protectRtp(packet), null);
    session.free();
  });
});

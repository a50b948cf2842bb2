import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import {
  deriveKeys,
  ivOf,
  protectRtcp,
  protectRtp,
  type SessionKeys,
  unprotectRtcp,
  unprotectRtp,
} from './testing/reference-srtp.ts';

// What the addon is compared with must itself be right: these are the RFCs' own examples.

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
const NO_KEY = { authentication: Buffer.alloc(0) };
const GCM_SALT = hex('51756964 2070726f 2071756f');
const KEY_32 = hex('00010203 04050607 08090a0b 0c0d0e0f 10111213 14151617 18191a1b 1c1d1e1f');
const GCM_128: SessionKeys = { profile: 'AEAD_AES_128_GCM', key: KEY_32.subarray(0, 16), salt: GCM_SALT, ...NO_KEY };
const GCM_256: SessionKeys = { profile: 'AEAD_AES_256_GCM', key: KEY_32, salt: GCM_SALT, ...NO_KEY };

test('RTP with GCM is as in RFC 7714 §16', () => {
  const header = '8040f17b 8041f8d3 5501a0b2';
  const packet = Buffer.concat([hex(header), Buffer.from('Gallia est omnis divisa in partes tres')]);
  const sealed: [SessionKeys, string][] = [
    [
      GCM_128,
      `f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b
       36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`,
    ],
    [
      GCM_256,
      `32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f
       1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`,
    ],
  ];
  for (const [keys, text] of sealed) {
    assert.deepEqual(protectRtp(keys, packet, 0), hex(header + text));
    assert.deepEqual(unprotectRtp(keys, hex(header + text), 0), packet);
  }
});

test('RTCP with GCM is as in RFC 7714 §17', () => {
  const packet = hex(`81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
                      deadbeef deadbeef deadbeef deadbeef deadbeef`);
  const sealed = hex(`81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
                      4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`);
  assert.deepEqual(protectRtcp(GCM_128, packet, 0x5d4), sealed);
  assert.deepEqual(unprotectRtcp(GCM_128, sealed), { packet, index: 0x5d4 });
});

test('keys are derived, and AES in counter mode runs, as in RFC 3711 B', () => {
  const master = hex('E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6');
  assert.deepEqual(deriveKeys('AES128_CM_SHA1_80', master, 'rtp'), {
    profile: 'AES128_CM_SHA1_80',
    key: hex('C61E7A93744F39EE10734AFE3FF7A087'),
    salt: hex('30CBBC08863D8C85D49DB34A9AE1'),
    authentication: hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'),
  });
  const key = hex('2B7E151628AED2A6ABF7158809CF4F3C');
  const keys: SessionKeys = { profile: 'AES128_CM_SHA1_80', key, salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'), ...NO_KEY };
  const stream = createCipheriv('aes-128-ctr', key, ivOf(keys, 0, 0)).update(Buffer.alloc(32));
  assert.deepEqual(stream, hex('E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB'));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildAnnounce, parseAnnounce } from '@moonshare/gamestream';
import { SETTINGS } from '../testing/client.ts';
import { readAnnounce } from './announce.ts';

function body(encryption: number, audioEncrypted: boolean): string {
  return buildAnnounce({
    settings: { ...SETTINGS, codec: 'av1', width: 1920, height: 1080 },
    packetSize: 1392,
    sunshine: true,
    peerAddress: '127.0.0.1',
    videoPort: 47998,
    remote: false,
    encryption,
    audioEncrypted,
    echoesSessionIds: true,
    highQualityAudio: false,
  });
}

test('the host reads exactly what our client announces', () => {
  assert.deepEqual(readAnnounce(body(1, false), parseAnnounce, 'offered'), {
    codec: 'av1',
    width: 1920,
    height: 1080,
    fps: 60,
    packetSize: 1392,
    bitrateKbps: 5000,
    tenBit: false,
    yuv444: false,
    colorSpace: 'rec709',
    fullRange: false,
    slices: 1,
    referenceFrames: 1,
    minFecPackets: 2,
    audioChannels: 2,
    audioPacketMs: 5,
    encryption: { controlV2: true, video: false, audio: false },
    highQualityAudio: false,
    echoesSessionIds: true,
  });
});

test('if encryption is required, all three kinds must be on', () => {
  const forbidden = { code: 403, reason: 'Forbidden' };
  for (const bits of [0, 1, 3, 6])
    assert.deepEqual(readAnnounce(body(bits, false), parseAnnounce, 'required'), forbidden);
  assert.ok('codec' in readAnnounce(body(7, true), parseAnnounce, 'required'));
});

test('at most two parity packets per block can be required', () => {
  const asked = body(1, false).replace('minRequiredFecPackets:2', 'minRequiredFecPackets:9');
  const taken = readAnnounce(asked, parseAnnounce, 'offered');
  assert.ok('minFecPackets' in taken);
  assert.equal(taken.minFecPackets, 2);
});

test('a body without a line ending is refused', () => {
  assert.deepEqual(readAnnounce('a=x', parseAnnounce, 'offered'), { code: 400, reason: 'BAD REQUEST' });
});

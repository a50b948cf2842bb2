import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GameStreamError } from '../errors.ts';
import { testSettings } from '../http/fixtures/settings.ts';
import { isRemoteAddress } from './address.ts';
import { announcedPacketSize, buildAnnounce, encoderBitrate } from './announce.ts';
import { parseAnnounce } from './parse-announce.ts';

const malformed = (error: unknown) => error instanceof GameStreamError && error.code === 'MALFORMED';
const body = buildAnnounce({
  settings: testSettings,
  packetSize: 1392,
  sunshine: true,
  peerAddress: '192.168.1.50',
  videoPort: 47998,
  remote: false,
  encryption: 1,
  audioEncrypted: false,
  echoesSessionIds: true,
  highQualityAudio: false,
});

test("the encoder's bitrate follows the formula of protocol/1", () => {
  const rate = (change: object) =>
    encoderBitrate({ configuredKbps: 20000, fecPercentage: 20, channels: 2, highQualityAudio: true, ...change });
  assert.equal(rate({}), 14988);
  assert.equal(rate({ highQualityAudio: false }), 15308);
  // protocol/5, Sunshine 15.
  assert.equal(rate({ configuredKbps: 8000, highQualityAudio: false }), 5708);
  assert.equal(rate({ configuredKbps: 10000 }), 6988);
  assert.equal(rate({ configuredKbps: 1000, fecPercentage: 90, highQualityAudio: false }), 728);
});

test('packet sizes are multiples of 16, smaller for remote hosts and with encryption', () => {
  const size = (wanted: number, change: object = {}) =>
    announcedPacketSize({ wanted, remote: false, peerAddress: '10.0.0.1', videoEncrypted: false, ...change });
  assert.equal(size(1392), 1392);
  assert.equal(size(1400), 1392);
  assert.equal(size(1392, { videoEncrypted: true }), 1360);
  assert.equal(size(1392, { remote: true }), 1024);
  assert.equal(size(1392, { remote: true, peerAddress: '2001:db8::1', videoEncrypted: true }), 1152);
});

test('private and link-local addresses are local, all others remote', () => {
  for (const local of [
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.50',
    '169.254.9.9',
    'fe80::1',
    'fe80::1%eth0',
    'fd00::5',
    'fec0::1',
    '::ffff:10.0.0.1',
  ]) {
    assert.equal(isRemoteAddress(local), false, local);
  }
  for (const remote of ['127.0.0.1', '172.32.0.1', '8.8.8.8', '::1', '2001:db8::1', '::ffff:8.8.8.8']) {
    assert.equal(isRemoteAddress(remote), true, remote);
  }
});

test('hosts without the Sunshine extensions get none of their attributes', () => {
  const plain = buildAnnounce({
    settings: testSettings,
    packetSize: 1024,
    sunshine: false,
    peerAddress: '192.168.1.50',
    videoPort: 47998,
    remote: false,
    encryption: 0,
    audioEncrypted: false,
    echoesSessionIds: false,
    highQualityAudio: false,
  });
  assert.ok(!/x-(ml|ss)-/.test(plain));
  assert.equal(parseAnnounce(plain).bitrateKbps, 16000);
});

test('a missing required attribute is malformed, any other missing attribute takes its default', () => {
  const without = (name: string) =>
    body
      .split('\r\n')
      .filter((line) => !line.startsWith(`a=${name}:`))
      .join('\r\n');
  const required = [
    'x-nv-video[0].clientViewportWd',
    'x-nv-video[0].clientViewportHt',
    'x-nv-video[0].maxFPS',
    'x-nv-video[0].packetSize',
    'x-nv-vqos[0].bw.maximumBitrateKbps',
    'x-nv-video[0].videoEncoderSlicesPerFrame',
    'x-nv-video[0].maxNumReferenceFrames',
    'x-nv-audio.surround.numChannels',
    'x-nv-audio.surround.channelMask',
    'x-nv-audio.surround.AudioQuality',
  ];
  const all = [...body.matchAll(/^a=([^:]+):/gm)].map((match) => match[1]!);
  assert.equal(all.length, 37);
  for (const name of all) {
    if (required.includes(name)) assert.throws(() => parseAnnounce(without(name)), malformed, name);
    else parseAnnounce(without(name));
  }
  assert.equal(parseAnnounce(without('x-nv-vqos[0].bitStreamFormat')).codec, 'h264');
  assert.equal(parseAnnounce(without('x-ml-video.configuredBitrateKbps')).bitrateKbps, 16000);
  assert.equal(parseAnnounce(without('x-nv-aqos.packetDuration')).audioPacketMs, 5);
});

test('a line without a line end is ignored', () => {
  const lines = body.split('\r\n').filter((line) => line.startsWith('a='));
  const order = [...lines.filter((line) => !line.includes('maxFPS')), lines.find((line) => line.includes('maxFPS'))!];
  assert.equal(parseAnnounce(`${order.join('\n')}\n`).fps, 60);
  assert.throws(() => parseAnnounce(order.join('\n')), malformed);
});

test('values out of range are malformed', () => {
  for (const [name, value] of [
    ['x-nv-video[0].clientViewportWd', '0'],
    ['x-nv-video[0].clientViewportHt', '99999'],
    ['x-nv-video[0].maxFPS', '-1'],
    ['x-nv-video[0].packetSize', '1e9'],
    ['x-nv-audio.surround.numChannels', '3'],
    ['x-nv-vqos[0].bitStreamFormat', '3'],
  ] as const) {
    const pattern = new RegExp(`(${name.replace(/[[\].]/g, '\\$&')}):\\d+`);
    assert.throws(() => parseAnnounce(body.replace(pattern, `$1:${value}`)), malformed, name);
  }
});

test('a damaged announcement is either read or MALFORMED', () => {
  fc.assert(
    fc.property(fc.nat(body.length), fc.nat(40), fc.string(), (at, length, text) => {
      try {
        parseAnnounce(body.slice(0, at) + text + body.slice(at + length));
      } catch (error) {
        assert.ok(malformed(error), String(error));
      }
    }),
    { numRuns: 500 },
  );
  assert.throws(() => parseAnnounce(Array.from({ length: 300 }, (_, index) => `a=x${index}:1\n`).join('')), malformed);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MoonshareError, streamSettingsSchema } from '@moonshare/contract';
import { streamSettings } from './settings.ts';

const request = (fields: object) => streamSettingsSchema.parse(fields);

test('the best format that both sides support is chosen', () => {
  const choose = (formats: number, host: number) => {
    const { codec, tenBit, yuv444 } = streamSettings(request({ video_supported_formats: formats }), host, 'offered');
    return [codec, tenBit, yuv444];
  };
  assert.deepEqual(choose(0x1, 0x1), ['h264', false, false]);
  assert.deepEqual(choose(0x1 | 0x100, 0xc0101), ['hevc', false, false]);
  assert.deepEqual(choose(0x1 | 0x100, 0x40001), ['h264', false, false]);
  assert.deepEqual(choose(0x1 | 0x100 | 0x1000, 0x10101), ['av1', false, false]);
  assert.deepEqual(choose(0x100 | 0x200, 0x301), ['hevc', true, false]);
  assert.deepEqual(choose(0x1 | 0x4, 0x40001), ['h264', false, true]);
  assert.deepEqual(choose(0x1, 0), ['h264', false, false]);
});

test('a host without any of the wanted formats is refused', () => {
  assert.throws(
    () => streamSettings(request({ video_supported_formats: 0x1000 }), 0x40001, 'offered'),
    (error) => error instanceof MoonshareError && error.code === 'HOST_UNSUPPORTED',
  );
});

test('sound is stereo unless surround is requested', () => {
  assert.equal(streamSettings(request({}), 1, 'offered').audioChannels, 2);
  for (const surround of [2, 6, 8])
    assert.equal(streamSettings(request({ surround }), 1, 'offered').audioChannels, surround);
  for (const surround of [0, 1, 5, '6', null]) assert.throws(() => request({ surround }));
});

test('sizes are rounded to what hosts accept', () => {
  const settings = streamSettings(
    request({ bitrate: 20000, packet_size: 1030, width: 1281, height: 721, fps: 30 }),
    1,
    'offered',
  );
  assert.equal(settings.packetSize, 1024);
  assert.deepEqual([settings.width, settings.height], [1280, 720]);
  assert.equal(settings.colorSpace, 'rec709');
  assert.equal(settings.bitrateKbps, 20000);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseLegacyInit, streamSettingsSchema } from './index.ts';

const full = {
  credentials: 'secret',
  client_unique_id: null,
  host_id: 3,
  app_id: 881448767,
  bitrate: 10_000,
  packet_size: 2048,
  fps: 60,
  surround: 2,
  width: 1920,
  height: 1080,
  video_sample_queue_size: 6,
  play_audio_local: false,
  audio_sample_queue_size: 20,
  video_supported_formats: 1,
  video_colorspace: 'Rec709',
  video_color_range_full: false,
};

const parse = (fields: object) => parseLegacyInit(JSON.stringify({ AuthenticateAndInit: fields }));

describe('the first message of the legacy socket', () => {
  it('is read field by field', () => {
    assert.deepEqual(parse(full), full);
    const later = { ...full, client_unique_id: 'helix', session_id: 's-1', mode: 'keepalive' };
    assert.deepEqual(parse(later), later);
  });

  it('has its sizes made even', () => {
    const init = parse({ ...full, width: 1367, height: 769 });
    assert.deepEqual([init?.width, init?.height], [1366, 768]);
  });

  it('may have unknown fields', () => {
    assert.deepEqual(parse({ ...full, play_audio_remote: true, hdr: { on: 1 } }), full);
  });

  it('has its settings clamped to what a stream allows', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (value, mask) => {
          const numbers = ['bitrate', 'packet_size', 'fps', 'width', 'height', 'video_sample_queue_size'];
          const wild = Object.fromEntries(numbers.map((name) => [name, value]));
          const init = parse({ ...full, ...wild, video_supported_formats: mask });
          assert.ok(init !== null);
          assert.ok(streamSettingsSchema.safeParse(init).success);
        },
      ),
    );
  });

  it('may hold form values: digits, nothing, or an empty session', () => {
    const typed = { host_id: '3', app_id: '881448767', bitrate: '10000', fps: '60' };
    assert.deepEqual(parse({ ...full, ...typed }), full);
    const nothing = Object.fromEntries(Object.keys(streamSettingsSchema.shape).map((name) => [name, null]));
    const defaults = parse({ host_id: 3, app_id: 4 });
    assert.deepEqual(parse({ host_id: 3, app_id: 4, ...nothing }), defaults);
    assert.equal(defaults?.bitrate, 20_000);
    assert.equal(parse({ ...full, session_id: '', mode: 'create' })?.session_id, '');
    for (const wrong of [
      { host_id: null },
      { host_id: '' },
      { app_id: '1x' },
      { host_id: '4294967296' },
      { fps: 'many' },
    ])
      assert.equal(parse({ ...full, ...wrong }), null, JSON.stringify(wrong));
  });

  it('may ask for surround, rounded down to 2, 6 or 8 channels', () => {
    for (const [asked, got] of [
      [1, 2],
      ['6', 6],
      [7, 6],
      [99, 8],
    ])
      assert.equal(parse({ ...full, surround: asked })?.surround, got);
    const { surround: _, ...without } = full;
    assert.equal(parse(without)?.surround, 2);
  });

  it('is null for anything else, and never throws', () => {
    for (const text of ['', '{', '"PeerDisconnect"', '{"AuthenticateAndInit":{}}', '['.repeat(100_000)]) {
      assert.equal(parseLegacyInit(text), null, text.slice(0, 40));
    }
    assert.equal(parse({ ...full, host_id: -1 }), null);
    assert.equal(parse({ ...full, mode: 'steal' }), null);
    fc.assert(fc.property(fc.json(), (text) => parseLegacyInit(text) === null));
  });
});

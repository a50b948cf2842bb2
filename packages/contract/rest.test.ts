import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addHostSchema,
  changeStreamerSchema,
  createStreamerSchema,
  hostIdSchema,
  streamerIdSchema,
  streamerInfoSchema,
  userNameSchema,
} from './index.ts';

/** What the one known caller posts, protocol/4 §2. */
const flat = {
  streamer_id: 'agent-0f3a',
  client_unique_id: 'helix-agent-0f3a',
  host_id: 0,
  app_id: 1,
  bitrate: 20000,
  packet_size: 1024,
  fps: 60,
  surround: 6,
  wheel_steps: 'fine',
  width: 1920,
  height: 1080,
  video_sample_queue_size: 10,
  play_audio_local: false,
  audio_sample_queue_size: 10,
  video_supported_formats: 1,
  video_colorspace: 'Rec709',
  video_color_range_full: false,
};

describe('the body of POST /api/streamers', () => {
  it('may be flat', () => {
    assert.deepEqual(createStreamerSchema.parse(flat), flat);
  });

  it('may have nested settings, as in the older document', () => {
    const { width, height, video_supported_formats, video_colorspace, ...outer } = flat;
    const settings = { width, height, video_supported_formats, video_colorspace };
    assert.deepEqual(createStreamerSchema.parse({ ...outer, settings }), flat);
  });

  it('may have unknown fields', () => {
    const body = { ...flat, hdr: true, settings: { also: 1 }, mode: 'create' };
    assert.deepEqual(createStreamerSchema.parse(body), flat);
  });

  it('gets defaults for what a caller leaves out', () => {
    const parsed = createStreamerSchema.parse({ streamer_id: 'a', client_unique_id: 'b', host_id: 3, app_id: 4 });
    assert.equal(parsed.fps, 60);
    assert.equal(parsed.width, 1280);
    assert.equal(parsed.video_supported_formats, 1);
  });

  it('has its sizes made even, because encoders fail with odd ones', () => {
    const parsed = createStreamerSchema.parse({ ...flat, width: 1367, height: 769 });
    assert.deepEqual([parsed.width, parsed.height], [1366, 768]);
  });

  it('is refused if IDs, numbers or kinds are out of bounds', () => {
    for (const wrong of [
      { streamer_id: '' },
      { streamer_id: 'a/b' },
      { streamer_id: 'a'.repeat(129) },
      { host_id: -1 },
      { host_id: 2 ** 32 },
      { app_id: '1' },
      { fps: 0 },
      { width: 1e9 },
      { width: 12.5 },
      { bitrate: Number.NaN },
      { video_colorspace: 'rec709' },
      { play_audio_local: 'no' },
    ])
      assert.equal(createStreamerSchema.safeParse({ ...flat, ...wrong }).success, false, JSON.stringify(wrong));
    for (const body of [null, [], 'text', 1, { settings: null }, { settings: flat.width }])
      assert.equal(createStreamerSchema.safeParse(body).success, false, JSON.stringify(body));
  });
});

describe('answers of the server', () => {
  it('have times in RFC 3339 and every field that older callers read', () => {
    const info = {
      streamer_id: 'agent-0f3a',
      status: 'active',
      moonlight_connected: true,
      connected_peers: 1,
      width: 1920,
      height: 1080,
      fps: 60,
      bitrate: 20_000,
      surround: 2,
      host_encryption: { control: true, input: true, video: true, audio: true, older_control: false },
      created_at: '2026-01-02T03:04:05.678Z',
      peers: [
        {
          peer_id: 'p',
          connected_at: '2026-01-02T03:04:06Z',
          role: 'full',
          user: 'anna',
          link_id: null,
          name: 'anna',
          participant_id: 'p',
        },
      ],
      host_id: 0,
      app_id: 1,
      error: null,
      stage: null,
      stage_seconds: null,
      owner: 'anna',
      may_manage: true,
    };
    assert.deepEqual(streamerInfoSchema.parse(info), info);
    assert.equal(streamerInfoSchema.safeParse({ ...info, created_at: 'yesterday' }).success, false);
    assert.equal(streamerInfoSchema.safeParse({ ...info, status: 'Active' }).success, false);
  });

  it('a host without an address or with an invalid port is refused', () => {
    assert.equal(addHostSchema.safeParse({ address: '' }).success, false);
    assert.equal(addHostSchema.safeParse({ address: 'h', http_port: 65_536 }).success, false);
    assert.deepEqual(addHostSchema.parse({ address: 'h', other: 1 }), { address: 'h' });
  });

  it('a host may be given as form values', () => {
    assert.deepEqual(addHostSchema.parse({ address: ' h ', http_port: '47989' }), { address: 'h', http_port: 47_989 });
    for (const http_port of [null, ''])
      assert.equal(addHostSchema.parse({ address: 'h', http_port }).http_port, undefined);
    assert.deepEqual(hostIdSchema.parse({ host_id: '3', more: 1 }), { host_id: 3 });
    for (const host_id of [null, '', 'x', -1, 1.5, undefined])
      assert.equal(hostIdSchema.safeParse({ host_id }).success, false, String(host_id));
  });
});

describe('names in paths', () => {
  it('survive a URL unchanged', () => {
    for (const name of ['a', 'agent-0f3a', '...', 'a..b', '.a', 'x@y.example', '_']) {
      for (const schema of [streamerIdSchema, userNameSchema]) assert.equal(schema.parse(name), name);
      assert.equal(new URL(`http://h/api/streamers/${name}/links`).pathname, `/api/streamers/${name}/links`);
    }
    for (const name of ['.', '..', '', 'a/b', '%2e', 'a b', '\u0000', 'ä']) {
      for (const schema of [streamerIdSchema, userNameSchema]) assert.equal(schema.safeParse(name).success, false);
    }
  });
});

describe('change of a streamer', () => {
  it('takes a bitrate within the bounds of a start, and nothing else', () => {
    for (const bitrate of [100, 20_000, 500_000])
      assert.deepEqual(changeStreamerSchema.parse({ bitrate }), { bitrate });
    const refused = [
      {},
      { bitrate: 99 },
      { bitrate: 500_001 },
      { bitrate: 1_000.5 },
      { bitrate: '1000' },
      { bitrate: null },
    ];
    for (const body of [...refused, { bitrate: 1_000, fps: 30 }]) {
      assert.equal(changeStreamerSchema.safeParse(body).success, false, JSON.stringify(body));
    }
  });
});

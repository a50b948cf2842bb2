import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { h264NalType, hevcNalType, splitAnnexB } from '@moonshare/bitstream';
import { streamSettingsSchema, VideoFormat } from '@moonshare/contract';
import { PairedHost } from './paired-host.ts';
import { stopAllStreamers, TestStreamer } from './test-streamer.ts';

after(stopAllStreamers);

const KINDS = [
  { codec: 'H.264', format: VideoFormat.H264, typeOf: h264NalType, sets: [7, 8] },
  { codec: 'HEVC', format: VideoFormat.HEVC, typeOf: hevcNalType, sets: [32, 33, 34] },
];

for (const { codec, format, typeOf, sets } of KINDS) {
  test(`${codec}: a late joiner gets the parameter sets that the host sent only once`, async () => {
    const host = await PairedHost.start({ quirks: { parameterSetsOnce: true } });
    try {
      const size = { width: 640, height: 360, fps: 30, bitrate: 2_000 };
      const settings = streamSettingsSchema.parse({ ...size, video_supported_formats: format });
      const streamer = await TestStreamer.up(host, { settings });
      for (const id of ['one', 'two']) {
        const viewer = streamer.join(id);
        const first = viewer.next();
        viewer.events.connected();
        const { data } = await first;
        assert.deepEqual(splitAnnexB(data).map(typeOf).slice(0, -1), sets);
      }
      await streamer.stop(true);
    } finally {
      await host.close();
    }
  });
}

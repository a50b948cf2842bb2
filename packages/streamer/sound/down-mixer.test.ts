import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BitstreamError } from '@moonshare/bitstream';
import { recording } from '../../../fixtures/recordings.ts';
import { readRecording } from '../webrtc/testing/recording.ts';
import { DownMixer } from './down-mixer.ts';
import { stereoNotes, surroundPackets } from './testing/surround-host.ts';

/** FL FR C LFE RL RR SL SR. */
const HERTZ = [400, 800, 1200, 200, 1600, 2000, 2400, 2800];

// The sender's level is 0.2; centre and rear channels arrive with half the power, LFE not at all.
const LEFT = [0.2, 0, 0.1, 0, 0.1, 0, 0.1, 0];
const RIGHT = [0, 0.2, 0.1, 0, 0, 0.1, 0, 0.1];

for (const { host, layout } of [
  { host: 'Wolf, 5.1', layout: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] } },
  { host: 'Sunshine, 5.1', layout: { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] } },
  { host: 'Sunshine, 5.1, high', layout: { channels: 6, streams: 6, coupledStreams: 0, mapping: [0, 1, 2, 3, 4, 5] } },
  { host: 'Wolf, 7.1', layout: { channels: 8, streams: 5, coupledStreams: 3, mapping: [0, 1, 4, 5, 2, 3, 6, 7] } },
])
  test(`${host}: each channel has the right level left and right`, async (t) => {
    const hertz = HERTZ.slice(0, layout.channels);
    const mixer = await DownMixer.open({ layout, packetMs: 5 });
    t.after(() => mixer.close());
    const mixed = (await surroundPackets(layout, hertz, 80)).map((packet) => mixer.mix(packet));
    assert.deepEqual(await stereoNotes(mixed, hertz), [
      LEFT.slice(0, layout.channels),
      RIGHT.slice(0, layout.channels),
    ]);
  });

test('a real host’s packets become stereo packets of the same duration', async (t) => {
  const { audio } = readRecording(recording('sunshine-h264-surround51-audioenc'));
  const layout = { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 2, 3, 4, 5] };
  const mixer = await DownMixer.open({ layout, packetMs: 5 });
  t.after(() => mixer.close());
  assert.ok(audio.length > 100);
  // 5 ms at 192 kbit/s, CELT of 5 ms in stereo, one frame.
  for (const { data } of audio.slice(0, 100)) {
    const mixed = mixer.mix(data);
    assert.deepEqual([mixed.length, mixed[0]], [120, 0xec]);
  }
});

test('a packet that does not fit the layout is an error, and the next one is mixed', async (t) => {
  const layout = { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 1, 4, 5, 2, 3] };
  const mixer = await DownMixer.open({ layout, packetMs: 5 });
  t.after(() => mixer.close());
  for (const broken of ['', 'ec', 'ec01aa']) assert.throws(() => mixer.mix(Buffer.from(broken, 'hex')), BitstreamError);
  const [packet] = await surroundPackets(layout, HERTZ, 1);
  assert.equal(mixer.mix(packet!).length, 120);
});

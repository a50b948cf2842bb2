import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECORDINGS, recording } from '../../fixtures/recordings.ts';
import { AudioPacketizer } from '../../packages/gamestream/audio/packetizer.ts';
import { AudioReceiver } from '../../packages/gamestream/audio/receiver.ts';
import { VideoPacketizer } from '../../packages/gamestream/video/packetizer.ts';
import { VideoReceiver } from '../../packages/gamestream/video/receiver.ts';
import { framesOf } from '../../packages/gamestream/video/testing/streams.ts';
import { readPcap } from './pcap.ts';
import { findMediaPorts } from './ports.ts';
import { readRecording } from './testing/captures.ts';
import { readUdp } from './udp.ts';

/** Recordings of Wolf that contain every datagram of the host. */
const COMPLETE = RECORDINGS.map(({ name }) => name).filter(
  (name) => name.startsWith('wolf') && name !== 'wolf-h264-loss3',
);

/** What the host sent, in order, by stream. */
function readMedia(name: string) {
  const { pcap, session } = readRecording(recording(name));
  const all = readPcap(pcap).flatMap(({ linkType, data }) => readUdp(linkType, data) ?? []);
  const ports = findMediaPorts(all, session.ports);
  const from = (port: number) => all.filter(({ source }) => source.port === port).map(({ payload }) => payload);
  return { session, video: from(ports.video), audio: from(ports.audio) };
}

for (const name of COMPLETE) {
  test(`${name}: packetising the frames again gives Wolf's datagrams to the byte`, () => {
    const { session, video } = readMedia(name);
    const receiver = new VideoReceiver({ codec: session.codec, maxDatagram: 2048, appVersion: session.version });
    const frames = video.flatMap((datagram, now) => framesOf(receiver.receive(datagram, now)));
    const first = video[0]!;
    const host = new VideoPacketizer({
      variant: 'wolf',
      packetSize: first.length - 16,
      fecPercentage: 20,
      minParity: 2,
      firstFrame: first.readUInt32LE(20),
      firstSequence: first.readUInt16BE(2),
    });
    const again = frames.flatMap(
      ({ data, keyFrame }) => host.packetize({ data, keyFrame, timestamp: 0, latency: 0 }).datagrams,
    );
    assert.ok(again.length > 100);
    assert.deepEqual(again, video.slice(0, again.length));
    assert.ok(video.length - again.length < 5, 'only a frame cut off by the end of the recording is missing');
  });

  test(`${name}: packetising the sound again gives Wolf's datagrams to the byte`, () => {
    const { session, audio } = readMedia(name);
    const { key, keyId } = session;
    const packetMs = session.audioPacketMs;
    const receiver = new AudioReceiver({ packetMs, key, keyId, holdMs: Number.POSITIVE_INFINITY });
    const packets = audio.flatMap((datagram, now) => receiver.receive(datagram, now).events);
    const host = new AudioPacketizer({ variant: 'wolf', packetMs, key, keyId });
    assert.equal(packets[0]?.sequence, 0);
    const again = packets.flatMap(({ data }) => host.packetize(data));
    assert.ok(again.length > 100);
    assert.deepEqual(again.slice(0, audio.length), audio);
  });
}

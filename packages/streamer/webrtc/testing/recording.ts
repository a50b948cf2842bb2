import {
  type AccessUnit,
  type AudioPacket,
  AudioReceiver,
  type VideoCodec,
  VideoReceiver,
} from '@moonshare/gamestream';
import { type Recording, readRecordingFile } from '../../../../fixtures/recordings.ts';

/** What a real host sent, assembled by the receivers; arrival times are those of the recording, ms. */
export function readRecording(recording: Recording): { codec: VideoCodec; video: AccessUnit[]; audio: AudioPacket[] } {
  const session = JSON.parse(readRecordingFile(recording.folder, 'session.json').toString());
  const key = Buffer.from(session.rikey, 'hex');
  const video = new VideoReceiver({
    codec: session.codec,
    maxDatagram: 65_535,
    ...(session.encryption.video ? { key } : {}),
  });
  const audio = new AudioReceiver({
    packetMs: 5,
    ...(session.encryption.audio ? { key, keyId: session.rikeyid } : {}),
  });
  const frames: AccessUnit[] = [];
  const packets: AudioPacket[] = [];
  for (const { at, sourcePort, payload } of readPcap(readRecordingFile(recording.folder, 'session.pcap'))) {
    if (sourcePort === session.ports.video) {
      for (const event of video.receive(payload, at).events) if (event.type === 'frame') frames.push(event.frame);
    }
    if (sourcePort === session.ports.audio) packets.push(...audio.receive(payload, at).events);
  }
  return { codec: session.codec, video: frames, audio: packets };
}

/** UDP over IPv4 in a classic little-endian pcap, Ethernet or cooked. */
function* readPcap(file: Buffer): Generator<{ at: number; sourcePort: number; payload: Buffer }> {
  const linkBytes = file.readUInt32LE(20) === 1 ? 14 : 16;
  for (let at = 24; at + 16 <= file.length; ) {
    const ms = file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1000;
    const length = file.readUInt32LE(at + 8);
    const ip = file.subarray(at + 16 + linkBytes, at + 16 + length);
    at += 16 + length;
    if (ip[0]! >> 4 !== 4 || ip[9] !== 17) continue;
    const udp = ip.subarray((ip[0]! & 15) * 4);
    yield { at: ms, sourcePort: udp.readUInt16BE(0), payload: udp.subarray(8, udp.readUInt16BE(4)) };
  }
}

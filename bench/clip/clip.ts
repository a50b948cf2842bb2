import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { RtpVideoPacketizer } from '@moonshare/webrtc';
import type { EncodedPicture } from '../../packages/virtual-host/encode/video-encoder.ts';
import { encodeNoise, type PictureFormat } from './noise.ts';

export const CLIPS = {
  '720p60': { width: 1280, height: 720, fps: 60, bitrateKbps: 10_000 },
  '1080p60': { width: 1920, height: 1080, fps: 60, bitrateKbps: 20_000 },
} as const satisfies Record<string, PictureFormat>;

/** A recording, for everyone who plays it. */
export interface Clip {
  format: PictureFormat;
  /** Its access units, for the host: `readPictures`. */
  picturesFile: string;
  /** The packets that a streamer makes of them, for those who send RTP: floors/clip.h. */
  packetsFile: string;
}

const PAYLOAD_TYPE = 96;
const EXTENSION = { at: 16, idAndLength: 0x52 };
const clips = new Map<string, Promise<Clip>>();
let folder: string | null = null;

/** Encodes it the first time. The files go with the process. */
export function clipOf(format: PictureFormat): Promise<Clip> {
  const key = JSON.stringify(format);
  let clip = clips.get(key);
  if (clip === undefined) {
    clip = make(format);
    clips.set(key, clip);
  }
  return clip;
}

export function readPictures(file: string): EncodedPicture[] {
  return deserialize(readFileSync(file));
}

async function make(format: PictureFormat): Promise<Clip> {
  const name = join(clipFolder(), `${format.width}x${format.height}-${format.fps}-${format.bitrateKbps}`);
  const clip = { format, picturesFile: `${name}.pictures`, packetsFile: `${name}.packets` };
  const pictures = await encodeNoise(format);
  writeFileSync(clip.picturesFile, serialize(pictures));
  writeFileSync(clip.packetsFile, Buffer.concat(pictures.flatMap(framePackets)));
  return clip;
}

function framePackets({ data, keyFrame }: EncodedPicture): Buffer[] {
  // Whoever sends them writes sequence numbers and timestamps.
  const packets = new RtpVideoPacketizer('h264').packetize({ data, keyFrame }, { ssrc: 1, timestamp: 0 });
  return [
    twoBytes(packets.length),
    ...packets.flatMap((packet) => {
      packet[1] = packet[1]! | PAYLOAD_TYPE;
      packet[EXTENSION.at] = EXTENSION.idAndLength;
      return [twoBytes(packet.length), packet];
    }),
  ];
}

function twoBytes(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function clipFolder(): string {
  if (folder !== null) return folder;
  const made = mkdtempSync(join(tmpdir(), 'moonshare-bench-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  folder = made;
  return made;
}

import { randomBytes } from 'node:crypto';
import { type EncodedPicture, VideoEncoder } from '../../packages/virtual-host/encode/video-encoder.ts';

export interface PictureFormat {
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
}

const FRAMES = 180;
/** The encoder's rate control stays below its target; this factor results in the wanted bitrate for this picture. */
const TARGET = 1.28;
/** Grey, with enough noise to make frames of even size. */
const DARKEST = 96;
const NOISE = 63;

/** One key frame and its P frames: H.264 of grey noise, about that bitrate, encoded by node-av (x264). */
export async function encodeNoise(format: PictureFormat): Promise<EncodedPicture[]> {
  const planesBytes = (format.width * format.height * 3) / 2;
  const noise = randomBytes(2 * planesBytes).map((byte) => DARKEST + (byte & NOISE)) as Buffer;
  const encoder = await VideoEncoder.open({ ...format, codec: 'h264', bitrateKbps: format.bitrateKbps * TARGET });
  const pictures: EncodedPicture[] = [];
  for (let index = 0; index < FRAMES; index += 1) {
    const from = (index * 102_947) % planesBytes;
    pictures.push(...(await encoder.encode(noise.subarray(from, from + planesBytes), index, index === 0)));
  }
  await encoder.close();
  return pictures;
}

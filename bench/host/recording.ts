import { randomBytes } from 'node:crypto';
import { type EncodedPicture, VideoEncoder } from '../../packages/virtual-host/encode/video-encoder.ts';

export const PICTURE = { width: 1280, height: 720, fps: 60, bitrateKbps: 10_000 };

const FRAMES = 180;
const PLANES_BYTES = (PICTURE.width * PICTURE.height * 3) / 2;
/** The encoder's rate control stays below its target; this factor results in 10 Mbit/s for this picture. */
const TARGET = 1.28;
/** Grey, with enough noise to make frames of even size. */
const DARKEST = 96;
const NOISE = 63;

/** One key frame and its P frames: H.264 of grey noise, about that bitrate, encoded by node-av (x264). */
export async function encodeNoise(wantedKbps: number): Promise<EncodedPicture[]> {
  const noise = randomBytes(2 * PLANES_BYTES).map((byte) => DARKEST + (byte & NOISE)) as Buffer;
  const bitrateKbps = wantedKbps * TARGET;
  const encoder = await VideoEncoder.open({ ...PICTURE, codec: 'h264', bitrateKbps });
  const pictures: EncodedPicture[] = [];
  for (let index = 0; index < FRAMES; index += 1) {
    const from = (index * 102_947) % PLANES_BYTES;
    pictures.push(...(await encoder.encode(noise.subarray(from, from + PLANES_BYTES), index, index === 0)));
  }
  await encoder.close();
  return pictures;
}

import type { VideoCodec } from '@moonshare/gamestream';
import {
  AV_CODEC_ID_H264,
  AV_CODEC_ID_HEVC,
  AV_SAMPLE_FMT_FLT,
  FF_DECODER_LIBDAV1D,
  FF_DECODER_LIBOPUS,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { check, dictionary, needsMore, quietFfmpeg } from '../encode/ffmpeg.ts';
import { readFrameNumber } from '../picture/frame-number.ts';

export interface DecodedPicture {
  width: number;
  height: number;
  /** Read from the squares; null if they cannot be read. */
  frameNumber: number | null;
}

/** A decoder for tests: what was encoded must come out again, with the frame number readable. */
export class VideoDecoder {
  readonly #context: CodecContext;
  readonly #frame = new Frame();
  readonly #packet = new Packet();

  private constructor(context: CodecContext) {
    this.#context = context;
    this.#frame.alloc();
    this.#packet.alloc();
  }

  static async open(name: VideoCodec): Promise<VideoDecoder> {
    quietFfmpeg();
    const codec =
      name === 'av1'
        ? Codec.findDecoderByName(FF_DECODER_LIBDAV1D)
        : Codec.findDecoder(name === 'h264' ? AV_CODEC_ID_H264 : AV_CODEC_ID_HEVC);
    if (codec === null) throw new Error(`This FFmpeg cannot decode ${name}`);
    const context = new CodecContext();
    context.allocContext3(codec);
    context.threadCount = 1;
    check(await context.open2(codec, name === 'av1' ? dictionary({ max_frame_delay: '1' }) : null), 'open a decoder');
    return new VideoDecoder(context);
  }

  /** Feeds one access unit; returns the pictures that are ready. Throws if it is damaged. */
  async decode(data: Buffer): Promise<DecodedPicture[]> {
    this.#packet.data = data;
    check(await this.#context.sendPacket(this.#packet), 'decode a frame');
    this.#packet.unref();
    const pictures: DecodedPicture[] = [];
    for (;;) {
      const code = await this.#context.receiveFrame(this.#frame);
      if (needsMore(code)) return pictures;
      check(code, 'take a decoded frame');
      const { width, height, linesize, data: planes } = this.#frame;
      pictures.push({ width, height, frameNumber: readFrameNumber(planes![0]!, linesize[0]!) });
      this.#frame.unref();
    }
  }

  close(): void {
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }
}

/** Decodes stereo Opus packets; returns the loudness of each (root mean square, 0..1). */
export async function opusLoudness(packets: Buffer[]): Promise<number[]> {
  quietFfmpeg();
  const codec = Codec.findDecoderByName(FF_DECODER_LIBOPUS)!;
  const context = new CodecContext();
  context.allocContext3(codec);
  context.sampleRate = 48_000;
  context.channels = 2;
  context.sampleFormat = AV_SAMPLE_FMT_FLT;
  check(await context.open2(codec), 'open the Opus decoder');
  const frame = new Frame();
  frame.alloc();
  const packet = new Packet();
  packet.alloc();
  const loudness: number[] = [];
  for (const data of packets) {
    packet.data = data;
    check(await context.sendPacket(packet), 'decode audio');
    packet.unref();
    check(await context.receiveFrame(frame), 'take decoded audio');
    const bytes = frame.data![0]!;
    // The decoder returns 16-bit integers unless it was asked for floats.
    const count = frame.nbSamples * 2;
    const float = frame.format === AV_SAMPLE_FMT_FLT;
    let sum = 0;
    for (let index = 0; index < count; index++) {
      const value = float ? bytes.readFloatLE(4 * index) : bytes.readInt16LE(2 * index) / 32768;
      sum += value * value;
    }
    loudness.push(Math.sqrt(sum / count));
    frame.unref();
  }
  packet.free();
  frame.free();
  context.freeContext();
  return loudness;
}

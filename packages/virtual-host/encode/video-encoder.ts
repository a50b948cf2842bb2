import { h264NalType, splitAnnexB } from '@moonshare/bitstream';
import type { VideoCodec } from '@moonshare/gamestream';
import {
  AV_PICTURE_TYPE_I,
  AV_PICTURE_TYPE_NONE,
  AV_PIX_FMT_YUV420P,
  AVCOL_PRI_BT709,
  AVCOL_RANGE_MPEG,
  AVCOL_SPC_BT709,
  AVCOL_TRC_BT709,
  FF_ENCODER_LIBSVTAV1,
  FF_ENCODER_LIBX264,
  FF_ENCODER_LIBX265,
  type FFVideoEncoder,
} from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational } from 'node-av/lib';
import { check, dictionary, needsMore, quietFfmpeg } from './ffmpeg.ts';

export interface VideoEncoderOptions {
  codec: VideoCodec;
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
}

export interface EncodedPicture {
  data: Buffer;
  keyFrame: boolean;
  /** The value given to `encode` with the picture. */
  pts: number;
}

/** Size of the buffer that evens out the bit rate, in pictures: small, so that no frame is much larger than its share. */
const VBV_FRAMES = 1.5;
const NAL_SEI = 6;

/**
 * Live encoding as real hosts do it: one slice, no reordering, an infinite GOP with an IDR at the start and on request,
 * parameter sets in front of every IDR, no SEI (protocol/3 §4.5, §5). The work runs off the main thread.
 */
export class VideoEncoder {
  readonly #codec: VideoCodec;
  readonly #context: CodecContext;
  readonly #frame: Frame;
  readonly #packet: Packet;
  #running: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(codec: VideoCodec, context: CodecContext, frame: Frame, packet: Packet) {
    this.#codec = codec;
    this.#context = context;
    this.#frame = frame;
    this.#packet = packet;
  }

  static async open(options: VideoEncoderOptions): Promise<VideoEncoder> {
    quietFfmpeg();
    const { name, settings } = encoderSettings(options);
    const codec = Codec.findEncoderByName(name);
    if (codec === null) throw new Error(`This FFmpeg has no encoder ${name}`);
    const context = new CodecContext();
    context.allocContext3(codec);
    context.width = options.width;
    context.height = options.height;
    context.pixelFormat = AV_PIX_FMT_YUV420P;
    context.timeBase = new Rational(1, options.fps);
    context.framerate = new Rational(options.fps, 1);
    context.gopSize = -1;
    context.maxBFrames = 0;
    context.threadCount = 1;
    context.colorRange = AVCOL_RANGE_MPEG;
    context.colorPrimaries = AVCOL_PRI_BT709;
    context.colorTrc = AVCOL_TRC_BT709;
    context.colorSpace = AVCOL_SPC_BT709;
    const bitRate = options.bitrateKbps * 1000;
    context.bitRate = BigInt(bitRate);
    if (options.codec !== 'av1') {
      context.rcMaxRate = BigInt(bitRate);
      context.rcBufferSize = Math.round((bitRate * VBV_FRAMES) / options.fps);
    }
    check(await context.open2(codec, dictionary(settings)), `open ${name}`);
    const frame = new Frame();
    frame.alloc();
    frame.format = AV_PIX_FMT_YUV420P;
    frame.width = options.width;
    frame.height = options.height;
    check(frame.getBuffer(0), 'allocate a frame');
    const packet = new Packet();
    packet.alloc();
    return new VideoEncoder(options.codec, context, frame, packet);
  }

  /** Encodes one I420 picture (planes without padding). One call at a time; returns what is ready, which is that picture. */
  async encode(picture: Buffer, pts: number, idr: boolean): Promise<EncodedPicture[]> {
    if (this.#closed) return [];
    const work = this.#encode(picture, pts, idr);
    this.#running = work.catch(() => {});
    return work;
  }

  async #encode(picture: Buffer, pts: number, idr: boolean): Promise<EncodedPicture[]> {
    const frame = this.#frame;
    check(frame.makeWritable(), 'make the frame writable');
    check(frame.fromBuffer(picture), 'fill the frame');
    frame.pts = BigInt(pts);
    frame.pictType = idr ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame.keyFrame = idr ? 1 : 0;
    check(await this.#context.sendFrame(frame), 'encode a frame');
    return this.#collect();
  }

  #collect(): EncodedPicture[] {
    const packet = this.#packet;
    const pictures: EncodedPicture[] = [];
    for (;;) {
      const code = this.#context.receivePacketSync(packet);
      if (needsMore(code)) return pictures;
      check(code, 'take an encoded frame');
      const keyFrame = packet.isKeyframe;
      const data = Buffer.from(packet.data!);
      pictures.push({
        data: keyFrame && this.#codec === 'h264' ? withoutSei(data) : data,
        keyFrame,
        pts: Number(packet.pts),
      });
      packet.unref();
    }
  }

  /** Frees the encoder once the current picture is done. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#running;
    await this.#context.sendFrame(null); // SVT-AV1 complains if it is freed before the end of the stream.
    this.#collect();
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }
}

function encoderSettings(options: VideoEncoderOptions): { name: FFVideoEncoder; settings: Record<string, string> } {
  switch (options.codec) {
    case 'h264':
      return {
        name: FF_ENCODER_LIBX264,
        settings: {
          preset: 'ultrafast',
          tune: 'zerolatency',
          'forced-idr': '1',
          // 8x8 transform and CABAC make it High profile, as hosts send. Below a qpmin of 16 it corrects a still picture for ever.
          'x264-params':
            'keyint=infinite:scenecut=0:bframes=0:ref=1:repeat-headers=1:slices=1:sliced-threads=0:8x8dct=1:cabac=1:qpmin=16',
        },
      };
    case 'hevc':
      return {
        name: FF_ENCODER_LIBX265,
        settings: {
          preset: 'ultrafast',
          tune: 'zerolatency',
          'forced-idr': '1',
          'x265-params':
            'keyint=-1:scenecut=0:bframes=0:ref=1:open-gop=0:repeat-headers=1:info=0:log-level=error:frame-threads=1:pools=none:qpmin=12',
        },
      };
    case 'av1':
      return {
        name: FF_ENCODER_LIBSVTAV1,
        settings: {
          preset: '12',
          'svtav1-params': `pred-struct=1:rtc=1:keyint=-1:lp=1:rc=2:tbr=${options.bitrateKbps}:scd=0`,
        },
      };
  }
}

/** x264 puts a long SEI into the first IDR; the reference client then misses the slice after it, protocol/3 §4.5. */
function withoutSei(data: Buffer): Buffer {
  const startCode = Buffer.from([0, 0, 0, 1]);
  const kept = splitAnnexB(data).filter((nal) => h264NalType(nal) !== NAL_SEI);
  return Buffer.concat(kept.flatMap((nal) => [startCode, nal]));
}

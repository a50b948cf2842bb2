import { AV_CODEC_FLAG_LOW_DELAY, AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, FF_DECODER_LIBDAV1D } from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet } from 'node-av/lib';
import { check, dictionary, needsMore, silenceFfmpeg } from './ffmpeg.ts';

/** The most pixels of a picture: 8K. Whatever a stream claims beyond that is not allocated. */
const MAX_PIXELS = 7680 * 4320;

/** By the start of the codec string of RFC 6381. */
const CODECS = {
  avc1: () => Codec.findDecoder(AV_CODEC_ID_H264),
  hvc1: () => Codec.findDecoder(AV_CODEC_ID_HEVC),
  av01: () => Codec.findDecoderByName(FF_DECODER_LIBDAV1D),
};

/** Decodes one stream, one call at a time, off the main thread. */
export class StreamDecoder {
  readonly #context: CodecContext;
  readonly #packet = new Packet();

  private constructor(context: CodecContext) {
    this.#context = context;
    this.#packet.alloc();
  }

  /** `codec`: the codec string of a key frame. Throws if this FFmpeg cannot decode it. */
  static async open(codec: string): Promise<StreamDecoder> {
    silenceFfmpeg();
    const name = codec.slice(0, 4);
    const found = Object.hasOwn(CODECS, name) ? CODECS[name as keyof typeof CODECS]() : null;
    if (found === null) throw new Error(`This FFmpeg cannot decode ${codec}`);
    const context = new CodecContext();
    context.allocContext3(found);
    // With more, pictures come late by one frame for each.
    context.threadCount = 1;
    context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
    const options = { max_pixels: String(MAX_PIXELS), ...(name === 'av01' && { max_frame_delay: '1' }) };
    check(await context.open2(found, dictionary(options)), 'open a decoder');
    return new StreamDecoder(context);
  }

  /** The newest picture that comes of this access unit, which the caller frees; null: none yet. Throws if it is damaged. */
  async decode(data: Uint8Array): Promise<Frame | null> {
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const sent = await this.#context.sendPacket(this.#packet);
    this.#packet.unref();
    check(sent, 'decode a frame');
    return this.#newest();
  }

  /** No call is under way. */
  close(): void {
    this.#packet.free();
    this.#context.freeContext();
  }

  async #newest(): Promise<Frame | null> {
    let newest: Frame | null = null;
    for (;;) {
      const frame = new Frame();
      frame.alloc();
      const code = await this.#context.receiveFrame(frame);
      if (code >= 0) {
        newest?.free();
        newest = frame;
        continue;
      }
      frame.free();
      if (needsMore(code)) return newest;
      newest?.free();
      check(code, 'take a decoded frame');
    }
  }
}

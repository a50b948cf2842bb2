import { AV_CHANNEL_ORDER_NATIVE, AV_SAMPLE_FMT_FLT, FF_ENCODER_LIBOPUS } from 'node-av/constants';
import { Codec, CodecContext, Frame, Packet, Rational } from 'node-av/lib';
import { check, dictionary, needsMore, quietFfmpeg } from './ffmpeg.ts';
import { OPUS_MODES } from './opus-modes.ts';
import { SAMPLE_RATE } from './tone.ts';

/** Opus as hosts send it: restricted low delay, constant bit rate, 5 or 10 ms, protocol/3 §8.4. */
export class OpusEncoder {
  readonly #context: CodecContext;
  readonly #frame: Frame;
  readonly #packet: Packet;
  readonly samplesPerPacket: number;
  readonly channels: number;
  #pts = 0;

  private constructor(context: CodecContext, frame: Frame, packet: Packet, samplesPerPacket: number, channels: number) {
    this.#context = context;
    this.#frame = frame;
    this.#packet = packet;
    this.samplesPerPacket = samplesPerPacket;
    this.channels = channels;
  }

  static async open(channels: 2 | 6 | 8, packetMs: 5 | 10): Promise<OpusEncoder> {
    quietFfmpeg();
    const mode = OPUS_MODES[channels];
    const codec = Codec.findEncoderByName(FF_ENCODER_LIBOPUS);
    if (codec === null) throw new Error('This FFmpeg has no encoder libopus');
    const samples = (SAMPLE_RATE / 1000) * packetMs;
    const channelLayout = { order: AV_CHANNEL_ORDER_NATIVE, nbChannels: channels, mask: mode.channelMask };
    const context = new CodecContext();
    context.allocContext3(codec);
    context.sampleRate = SAMPLE_RATE;
    context.sampleFormat = AV_SAMPLE_FMT_FLT;
    context.channelLayout = channelLayout;
    context.timeBase = new Rational(1, SAMPLE_RATE);
    context.bitRate = BigInt(mode.bitRate);
    const settings = { application: 'lowdelay', vbr: 'off', frame_duration: String(packetMs) };
    // Not open2Sync: after it, node-av 6.1 crashes at exit.
    check(await context.open2(codec, dictionary(settings)), 'open libopus');
    const frame = new Frame();
    frame.alloc();
    frame.format = AV_SAMPLE_FMT_FLT;
    frame.nbSamples = samples;
    frame.sampleRate = SAMPLE_RATE;
    frame.channelLayout = channelLayout;
    check(frame.getBuffer(0), 'allocate an audio frame');
    const packet = new Packet();
    packet.alloc();
    return new OpusEncoder(context, frame, packet, samples, channels);
  }

  /** Encodes `samplesPerPacket` interleaved 32-bit floats per channel; takes tens of microseconds, so it runs on the main thread. */
  encode(samples: Buffer): Buffer | null {
    check(this.#frame.makeWritable(), 'make the audio frame writable');
    check(this.#frame.fromBuffer(samples), 'fill the audio frame');
    this.#frame.pts = BigInt(this.#pts);
    this.#pts += this.samplesPerPacket;
    check(this.#context.sendFrameSync(this.#frame), 'encode audio');
    const code = this.#context.receivePacketSync(this.#packet);
    if (needsMore(code)) return null;
    check(code, 'take encoded audio');
    const data = Buffer.from(this.#packet.data!);
    this.#packet.unref();
    return data;
  }

  close(): void {
    this.#context.sendFrameSync(null); // libopus complains if it is freed before the end of the stream.
    this.#packet.free();
    this.#frame.free();
    this.#context.freeContext();
  }
}

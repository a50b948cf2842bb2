import { type ProtocolVariant, type VideoCodec, VideoPacketizer } from '@moonshare/gamestream';
import type { Desktop } from '../desktop/desktop.ts';
import { loadEncoders } from '../encode/encoders.ts';
import { enlarged } from '../encode/large-key-frame.ts';
import type { VideoEncoder } from '../encode/video-encoder.ts';
import type { Canvas } from '../picture/canvas.ts';
import { PictureRenderer } from '../picture/picture.ts';
import { SmallDesktopRenderer } from '../picture/small-desktop.ts';
import { PacedSender } from './paced-sender.ts';
import { Pacer } from './pacer.ts';
import { withoutParameterSets } from './parameter-sets.ts';

export interface VideoStreamOptions {
  codec: VideoCodec;
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
  packetSize: number;
  fec: number;
  minParity: number;
  /** Present when video is encrypted. */
  key?: Buffer;
  variant: ProtocolVariant;
  /** Number of the first frame. */
  firstFrame: number;
  /** Datagrams carry timestamps and latencies. */
  timed: boolean;
  /** Key frames after the first have none. */
  parameterSetsOnce: boolean;
  /** Later key frames are not sent. */
  maxKeyFrames: number;
  /** Large frames leave in batches, not in one burst. */
  paced: boolean;
  /** Least sizes of key frames and of others; 0: whatever the encoder produces. */
  leastBytes: { key: number; other: number };
  desktop: Desktop;
  /** The picture is that of the small desktop; null: it shows the input. */
  smallDesktop: { clock: boolean } | null;
  send: (datagrams: Buffer[]) => void;
  onError: (error: unknown) => void;
}

interface Picture {
  readonly canvas: Canvas;
  /** Draws one frame into `canvas`. `time` is the wall clock in ms. */
  draw(desktop: Desktop, frame: number, time: number): void;
}

const CODEC_NAMES: Record<VideoCodec, string> = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' };

/** Draws, encodes and sends one session's picture. If the encoder is late one frame waits, and the next are skipped. */
export class VideoStream {
  readonly #options: VideoStreamOptions;
  #picture: Picture;
  #encoder: VideoEncoder;
  readonly #packetizer: VideoPacketizer;
  readonly #pacer: Pacer;
  readonly #sender: Pick<PacedSender, 'add' | 'stop'>;
  #startedAt = 0;
  #frame: number;
  #busy = false;
  /** A frame was due while the encoder was busy: it is made as soon as that is done. */
  #due = false;
  #idrWanted = true;
  #stopped = false;
  readonly counts = { frames: 0, idrs: 0, skipped: 0, bytes: 0 };

  private constructor(options: VideoStreamOptions, encoder: VideoEncoder) {
    this.#options = options;
    this.#encoder = encoder;
    const { fps, packetSize, fec, minParity, key, variant, firstFrame } = options;
    this.#frame = firstFrame - 1;
    this.#picture = pictureOf(options);
    this.#packetizer = new VideoPacketizer({ packetSize, fecPercentage: fec, minParity, key, variant, firstFrame });
    this.#pacer = new Pacer(1000 / fps, () => this.#tick());
    this.#sender = options.paced ? new PacedSender(options.send) : { add: options.send, stop: () => {} };
  }

  static async open(options: VideoStreamOptions): Promise<VideoStream> {
    const { VideoEncoder } = await loadEncoders();
    return new VideoStream(options, await VideoEncoder.open(options));
  }

  /** Goes on with a new encoder, whose first picture is an IDR. */
  async setBitrate(bitrateKbps: number): Promise<void> {
    const { VideoEncoder } = await loadEncoders();
    const options = { ...this.#options, bitrateKbps };
    const encoder = await VideoEncoder.open(options);
    if (this.#stopped) return encoder.close();
    const before = this.#encoder;
    this.#encoder = encoder;
    this.#picture = pictureOf(options);
    await before.close();
  }

  start(): void {
    this.#startedAt = performance.now();
    this.#pacer.start();
  }

  /** Makes the next frame an IDR; any number of requests between two frames make one. */
  requestIdr(): void {
    this.#idrWanted = this.counts.idrs < this.#options.maxKeyFrames;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#pacer.stop();
    this.#sender.stop();
    await this.#encoder.close();
  }

  /** Frames skipped because the process or the encoder was late. */
  get skipped(): number {
    return this.counts.skipped + this.#pacer.missed;
  }

  #tick(): void {
    if (this.#due) this.counts.skipped++;
    this.#due = true;
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#due && !this.#stopped) {
        this.#due = false;
        await this.#makeFrame();
      }
    } catch (error) {
      if (!this.#stopped) this.#options.onError(error);
    } finally {
      this.#busy = false;
    }
  }

  async #makeFrame(): Promise<void> {
    const capturedAt = performance.now();
    // The number in the picture equals the frame index on the wire: both count encoded frames.
    this.#picture.draw(this.#options.desktop, ++this.#frame, Date.now());
    const idr = this.#idrWanted;
    this.#idrWanted = false;
    const { codec, timed, leastBytes, parameterSetsOnce } = this.#options;
    const capturedMs = Math.round(capturedAt - this.#startedAt);
    const encoded = await this.#encoder.encode(this.#picture.canvas.data, this.#frame, idr);
    if (this.#stopped) return;
    for (const { data: picture, keyFrame } of encoded) {
      const isBare = parameterSetsOnce && keyFrame && this.counts.idrs > 0;
      const whole = enlarged(codec, picture, keyFrame ? leastBytes.key : leastBytes.other);
      const data = isBare ? withoutParameterSets(codec, whole) : whole;
      const { datagrams } = this.#packetizer.packetize({
        data,
        keyFrame,
        timestamp: timed ? Math.round(capturedMs * 90) : 0,
        latency: timed ? Math.min(0xffff, Math.round((performance.now() - capturedAt) * 10)) : 0,
      });
      if (keyFrame && this.counts.idrs >= this.#options.maxKeyFrames) continue;
      this.#sender.add(datagrams);
      this.counts.frames++;
      this.counts.bytes += data.length;
      if (keyFrame) this.counts.idrs++;
    }
  }
}

function pictureOf(options: VideoStreamOptions): Picture {
  const { width, height, fps, codec, bitrateKbps, fec, key, smallDesktop } = options;
  const lines = [
    `${width} x ${height} at ${fps} fps`,
    CODEC_NAMES[codec],
    `${(bitrateKbps / 1000).toFixed(1)} Mbit/s`,
    `FEC ${fec} %`,
    ...(key === undefined ? [] : ['encrypted']),
  ];
  if (smallDesktop !== null) return new SmallDesktopRenderer(width, height, { lines, ...smallDesktop });
  return new PictureRenderer(width, height, lines.join('    '));
}

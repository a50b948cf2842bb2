import { describeKeyFrame, keyFrameWithoutReordering, type VideoCodec } from '@moonshare/bitstream';
import { markDiscontinuity, type VideoConfiguration, videoHeaderBytes, writeVideoHeader } from '@moonshare/contract';
import type { AccessUnit } from '@moonshare/gamestream';
import { frameHeaderBytes, writeFrameHeader } from './framing.ts';
import type { WindowFrame } from './send-window.ts';

/** One access unit as it goes over every socket, with its WebSocket frame: built once, and written unchanged. */
export class VideoMessage implements WindowFrame {
  readonly number: number;
  readonly isKey: boolean;
  readonly #whole: Buffer;
  /** Of that, what comes before the message, and of the message, before the access unit. */
  readonly #frameHeader: number;
  readonly #header: number;

  /** Throws BitstreamError if it is a key frame whose parameter sets cannot be read. */
  constructor(unit: AccessUnit, { codec, number, timeUs }: { codec: VideoCodec; number: number; timeUs: number }) {
    const configuration: VideoConfiguration | null = unit.keyFrame ? describeKeyFrame(codec, unit.data) : null;
    const isRewritten = codec === 'h264' && unit.keyFrame;
    const pieces = isRewritten ? keyFrameWithoutReordering(unit.data) : [unit.data];
    const bytes = pieces.reduce((sum, piece) => sum + piece.length, videoHeaderBytes(configuration));
    this.number = number;
    this.isKey = unit.keyFrame;
    this.#frameHeader = frameHeaderBytes(bytes);
    this.#header = videoHeaderBytes(configuration);
    this.#whole = Buffer.allocUnsafe(this.#frameHeader + bytes);
    writeFrameHeader(this.#whole, bytes);
    const about = { isKey: unit.keyFrame, isDiscontinuity: false, frame: number, timeUs, configuration };
    writeVideoHeader(this.#whole.subarray(this.#frameHeader), about);
    let at = this.#frameHeader + this.#header;
    for (const piece of pieces) at += piece.copy(this.#whole, at);
  }

  get bytes(): number {
    return this.#whole.length;
  }

  /** What to write to a socket: the same memory for everyone, but another header where the frame before was not sent. */
  pieces({ isAfterGap }: { isAfterGap: boolean }): readonly Buffer[] {
    if (!isAfterGap) return [this.#whole];
    const end = this.#frameHeader + this.#header;
    const head = Buffer.from(this.#whole.subarray(0, end));
    markDiscontinuity(head.subarray(this.#frameHeader));
    return [head, this.#whole.subarray(end)];
  }
}

import { nalOffsets } from './annexb.ts';
import { H264_NAL } from './h264.ts';
import { HEVC_NAL } from './hevc.ts';
import { MAX_PARAMETER_SET } from './limits.ts';

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Of one kind; streams have one or two. */
const MAX_OF_A_KIND = 4;

/** What is what in a stream of NAL units. */
interface NalKinds {
  typeOf(firstByte: number): number;
  /** In the order in which a decoder needs them. */
  sets: readonly number[];
  delimiter: number;
  isSlice(type: number): boolean;
  /** Of a slice: its picture can be decoded without an earlier one. */
  isKey(type: number): boolean;
}

export const NAL_KINDS: Record<'h264' | 'hevc', NalKinds> = {
  h264: {
    typeOf: (byte) => byte & 0x1f,
    sets: [H264_NAL.sps, H264_NAL.pps],
    delimiter: H264_NAL.aud,
    isSlice: (type) => type >= H264_NAL.slice && type <= H264_NAL.idr,
    isKey: (type) => type === H264_NAL.idr,
  },
  hevc: {
    typeOf: (byte) => (byte >> 1) & 0x3f,
    sets: [HEVC_NAL.vps, HEVC_NAL.sps, HEVC_NAL.pps],
    delimiter: HEVC_NAL.aud,
    isSlice: (type) => type < HEVC_NAL.vps,
    // IDR, CRA, BLA
    isKey: (type) => type >= 16 && type <= 21,
  },
};

/** Keeps the parameter sets of one stream and inserts them into key frames without any: some hosts send them only once. */
export class ParameterSets {
  readonly #kinds: NalKinds;
  /** By kind, with start codes. */
  readonly #kept = new Map<number, Buffer>();

  constructor(codec: 'h264' | 'hevc') {
    this.#kinds = NAL_KINDS[codec];
  }

  /** Returns a key frame (Annex B) with all parameter sets that were ever sent; the same buffer if it has them itself. */
  complete(keyFrame: Buffer): Buffer {
    const { own, insertAt } = this.#look(keyFrame);
    for (const [type, nals] of own) {
      this.#kept.set(type, Buffer.concat(nals.slice(0, MAX_OF_A_KIND).flatMap((nal) => [START_CODE, nal])));
    }
    const { sets } = this.#kinds;
    if (!sets.some((type) => this.#kept.has(type) && !own.has(type))) return keyFrame;
    // All of them, in order: some decoders discard a set newer than the one that it refers to.
    const all = sets.map((type) => this.#kept.get(type) ?? Buffer.alloc(0));
    return Buffer.concat([keyFrame.subarray(0, insertAt), ...all, keyFrame.subarray(insertAt)]);
  }

  /** The parameter sets before the first slice, by kind, and where to insert more: after the delimiter. */
  #look(keyFrame: Buffer): { own: Map<number, Buffer[]>; insertAt: number } {
    const { typeOf, sets, delimiter, isSlice } = this.#kinds;
    const own = new Map<number, Buffer[]>();
    let insertAt = 0;
    let before: { type: number; at: number } | null = null;
    for (const at of nalOffsets(keyFrame)) {
      // Its start code has three bytes; a fourth is just a zero, which may be anywhere.
      const end = at - 3;
      if (before?.type === delimiter) insertAt = end;
      if (before !== null && sets.includes(before.type) && end - before.at <= MAX_PARAMETER_SET) {
        own.set(before.type, [...(own.get(before.type) ?? []), keyFrame.subarray(before.at, end)]);
      }
      before = { type: typeOf(keyFrame[at]!), at };
      if (isSlice(before.type)) break;
    }
    return { own, insertAt };
  }
}

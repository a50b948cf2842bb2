import { nalOffsets } from './annexb.ts';
import { H264_NAL } from './h264.ts';
import { HEVC_NAL } from './hevc.ts';
import { MAX_PARAMETER_SET } from './limits.ts';

const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Of one kind; streams have one or two. */
const MAX_OF_A_KIND = 4;

interface Kinds {
  typeOf(firstByte: number): number;
  /** In the order in which a decoder wants them. */
  sets: readonly number[];
  delimiter: number;
  isSlice(type: number): boolean;
}

const KINDS: Record<'h264' | 'hevc', Kinds> = {
  h264: {
    typeOf: (byte) => byte & 0x1f,
    sets: [H264_NAL.sps, H264_NAL.pps],
    delimiter: H264_NAL.aud,
    isSlice: (type) => type >= 1 && type <= 5,
  },
  hevc: {
    typeOf: (byte) => (byte >> 1) & 0x3f,
    sets: [HEVC_NAL.vps, HEVC_NAL.sps, HEVC_NAL.pps],
    delimiter: HEVC_NAL.aud,
    isSlice: (type) => type < 32,
  },
};

/** Keeps the parameter sets of one stream and puts them before key frames that come without: some hosts give them once. */
export class ParameterSets {
  readonly #kinds: Kinds;
  /** By kind, with start codes. */
  readonly #kept = new Map<number, Buffer>();

  constructor(codec: 'h264' | 'hevc') {
    this.#kinds = KINDS[codec];
  }

  /** A key frame (Annex B) with all that is needed to decode it, as far as it has ever come; the same buffer if it has it itself. */
  complete(keyFrame: Buffer): Buffer {
    const { own, insertAt } = this.#look(keyFrame);
    for (const [type, nals] of own) {
      this.#kept.set(type, Buffer.concat(nals.slice(0, MAX_OF_A_KIND).flatMap((nal) => [START_CODE, nal])));
    }
    const { sets } = this.#kinds;
    if (!sets.some((type) => this.#kept.has(type) && !own.has(type))) return keyFrame;
    // All of them, in order: one that is newer than its own reference would be thrown away by some decoders.
    const all = sets.map((type) => this.#kept.get(type) ?? Buffer.alloc(0));
    return Buffer.concat([keyFrame.subarray(0, insertAt), ...all, keyFrame.subarray(insertAt)]);
  }

  /** What stands before the first slice, by kind, and where more can be put: behind the delimiter. */
  #look(keyFrame: Buffer): { own: Map<number, Buffer[]>; insertAt: number } {
    const { typeOf, sets, delimiter, isSlice } = this.#kinds;
    const own = new Map<number, Buffer[]>();
    let insertAt = 0;
    let before: { type: number; at: number } | null = null;
    for (const at of nalOffsets(keyFrame)) {
      // Its start code has three bytes; a fourth is a zero that may stand anywhere.
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

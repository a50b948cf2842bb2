import { nalOffsets } from './annexb.ts';
import { BitstreamError } from './errors.ts';
import { OBU, splitObus } from './obu.ts';
import { NAL_KINDS } from './parameter-sets.ts';

/** Codec families, named as everywhere in Moonshare. */
export type VideoCodec = 'h264' | 'hevc' | 'av1';

/** The first slice decides. */
function isNalKeyFrame(codec: 'h264' | 'hevc', data: Buffer): boolean {
  const { typeOf, isSlice, isKey } = NAL_KINDS[codec];
  for (const at of nalOffsets(data)) {
    const type = typeOf(data[at]!);
    if (isSlice(type)) return isKey(type);
  }
  return false;
}

/** The first frame header decides: not `show_existing_frame`, frame_type 0. A reduced still picture counts too. */
function isAv1KeyFrame(data: Buffer): boolean {
  try {
    for (const obu of splitObus(data)) {
      const first = obu.payload[0];
      if (first === undefined) continue;
      if (obu.type === OBU.sequenceHeader && (first & 0x08) !== 0) return true;
      if (obu.type === OBU.frame || obu.type === OBU.frameHeader) return (first & 0xe0) === 0;
    }
  } catch (error) {
    if (!(error instanceof BitstreamError)) throw error;
  }
  return false;
}

/** Whether decoding can start at this access unit (Annex B, or an AV1 temporal unit). False for garbage. */
export function isKeyFrame(codec: VideoCodec, data: Buffer): boolean {
  return codec === 'av1' ? isAv1KeyFrame(data) : isNalKeyFrame(codec, data);
}

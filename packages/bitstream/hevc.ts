export const HEVC_NAL = {
  vps: 32,
  sps: 33,
  pps: 34,
  aud: 35,
  endOfSequence: 36,
  endOfStream: 37,
  filler: 38,
  seiPrefix: 39,
  seiSuffix: 40,
};

/** nal_unit_type; -1 for an empty unit. */
export function hevcNalType(nal: Buffer): number {
  return nal.length === 0 ? -1 : (nal[0]! >> 1) & 0x3f;
}

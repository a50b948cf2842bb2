/** Codec families; the same words as everywhere in Moonshare. */
export type VideoCodec = 'h264' | 'hevc' | 'av1';

/** Bytes that no parser accepts. */
export class BitstreamError extends Error {
  override readonly name = 'BitstreamError';
  readonly code = 'MALFORMED_BITSTREAM';
}

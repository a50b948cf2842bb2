/** Codec families; the same words as everywhere in Moonshare. */
export type VideoCodec = 'h264' | 'hevc' | 'av1';

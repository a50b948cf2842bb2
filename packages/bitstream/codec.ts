/** Codec families, named as everywhere in Moonshare. */
export type VideoCodec = 'h264' | 'hevc' | 'av1';

import type { VideoCodec } from '@moonshare/bitstream';

/** How the channels of an Opus packet are spread over its streams (RFC 7845 §5.1.1). */
export interface SoundLayout {
  channels: number;
  streams: number;
  coupledStreams: number;
  mapping: readonly number[];
}

/** What is sent: descriptions offer exactly this. */
export interface MediaFormat {
  codec: VideoCodec;
  width: number;
  height: number;
  /** H.264: SPS bytes 1 to 3 as hex ('64002a'); null if they are not known yet. */
  profileLevelId: string | null;
  /** 10 bits per sample: HEVC Main10, AV1 Main. */
  tenBit: boolean;
  audio: SoundLayout;
}

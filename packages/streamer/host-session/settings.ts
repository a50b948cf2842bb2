import { MoonshareError, type StreamSettingsRequest, VideoFormat } from '@moonshare/contract';
import type { Encrypt, StreamSettings, VideoCodec } from '@moonshare/gamestream';

interface Profile {
  /** What the caller accepts, protocol/4 §2. */
  format: number;
  /** What the host offers: a bit of ServerCodecModeSupport, protocol/1 §4. */
  hostBit: number;
  codec: VideoCodec;
  tenBit: boolean;
  yuv444: boolean;
}

const profile = (format: number, hostBit: number, codec: VideoCodec, tenBit: boolean, yuv444: boolean): Profile => {
  return { format, hostBit, codec, tenBit, yuv444 };
};

/** In the order in which they are tried, protocol/1 §8.4 "Codec choice". */
const PROFILES: readonly Profile[] = [
  profile(VideoFormat.AV1_444_10, 0x400000, 'av1', true, true),
  profile(VideoFormat.AV1_10, 0x20000, 'av1', true, false),
  profile(VideoFormat.AV1_444_8, 0x200000, 'av1', false, true),
  profile(VideoFormat.AV1, 0x10000, 'av1', false, false),
  profile(VideoFormat.HEVC_444_10, 0x100000, 'hevc', true, true),
  profile(VideoFormat.HEVC_MAIN10, 0x200, 'hevc', true, false),
  profile(VideoFormat.HEVC_444_8, 0x80000, 'hevc', false, true),
  profile(VideoFormat.HEVC, 0x100, 'hevc', false, false),
  profile(VideoFormat.H264_HIGH_444, 0x40000, 'h264', false, true),
  // Every host has it, even one that does not say so.
  profile(VideoFormat.H264, 0, 'h264', false, false),
];

const COLOR_SPACES = { Rec601: 'rec601', Rec709: 'rec709', Rec2020: 'rec2020' } as const;

/** The settings to request from the host. `codecModeSupport`: its ServerCodecModeSupport. Errors: HOST_UNSUPPORTED. */
export function streamSettings(
  request: StreamSettingsRequest,
  codecModeSupport: number,
  encrypt: Encrypt,
): StreamSettings {
  const chosen = PROFILES.find(
    ({ format, hostBit }) =>
      (request.video_supported_formats & format) !== 0 && (hostBit === 0 || (codecModeSupport & hostBit) !== 0),
  );
  if (chosen === undefined) {
    throw new MoonshareError('HOST_UNSUPPORTED', {
      message: 'The host offers none of the requested video formats',
      hint: 'Add 1 (H.264) to video_supported_formats.',
    });
  }
  return {
    width: request.width,
    height: request.height,
    fps: request.fps,
    bitrateKbps: request.bitrate,
    packetSize: request.packet_size & ~15,
    codec: chosen.codec,
    tenBit: chosen.tenBit,
    yuv444: chosen.yuv444,
    colorSpace: COLOR_SPACES[request.video_colorspace],
    fullRange: request.video_color_range_full,
    audioChannels: request.surround,
    audioPacketMs: 5,
    playAudioOnHost: request.play_audio_local,
    encrypt,
  };
}

import { z } from 'zod';
import { hostEncryptionSettingSchema } from './host-encryption.ts';

/** Bits of `video_supported_formats`, protocol/4 §2. */
export const VideoFormat = {
  H264: 0x1,
  H264_HIGH_444: 0x4,
  HEVC: 0x100,
  HEVC_MAIN10: 0x200,
  HEVC_444_8: 0x400,
  HEVC_444_10: 0x800,
  AV1: 0x1000,
  AV1_10: 0x2000,
  AV1_444_8: 0x4000,
  AV1_444_10: 0x8000,
} as const;

/** Encoders accept no odd sizes; some hosts then silently send no picture. */
export const even = (pixels: number) => pixels - (pixels % 2);

/** What a caller may ask of a stream, protocol/4 §2, by the names on the wire. The bounds keep a typo from reaching the host. */
export const streamSettingsSchema = z.object({
  /** kbit/s */
  bitrate: z.int().min(100).max(500_000).default(20_000),
  /** Bytes of NV header and payload; rounded down to a multiple of 16 for the host. */
  packet_size: z.int().min(256).max(2048).default(1024),
  fps: z.int().min(1).max(480).default(60),
  /** Pixels, made even. */
  width: z.int().min(64).max(8192).overwrite(even).default(1280),
  height: z.int().min(64).max(8192).overwrite(even).default(720),
  video_sample_queue_size: z.int().min(0).max(10_000).default(10),
  /** Sound channels: stereo, 5.1 or 7.1. Browsers that cannot play surround get it mixed down to stereo. */
  surround: z.literal([2, 6, 8]).default(2),
  /** Mouse wheel: every step, or whole notches. auto: every step for hosts known to accept them. */
  wheel_steps: z.enum(['auto', 'fine', 'notches']).default('auto'),
  /** What is encrypted between host and streamer; overrides the setting `hostEncryption`. */
  host_encryption: hostEncryptionSettingSchema.optional(),
  /** Lower the bitrate while the networks of most viewers are too slow for it, on hosts that can change it while they stream. */
  adaptive_bitrate: z.boolean().optional(),
  play_audio_local: z.boolean().default(false),
  audio_sample_queue_size: z.int().min(0).max(10_000).default(10),
  video_supported_formats: z.int().min(1).max(0xffff).default(VideoFormat.H264),
  video_colorspace: z.enum(['Rec601', 'Rec709', 'Rec2020']).default('Rec709'),
  video_color_range_full: z.boolean().default(false),
});
export type StreamSettingsRequest = z.infer<typeof streamSettingsSchema>;

/** Which input of a viewer is accepted. */
export const roleSchema = z.enum(['watch', 'gamepad', 'full']);
export type Role = z.infer<typeof roleSchema>;

export const iceServerSchema = z.object({
  urls: z.array(z.string()),
  username: z.string().default(''),
  credential: z.string().default(''),
});
export type IceServer = z.infer<typeof iceServerSchema>;

/** Codec families on the wire, protocol/1 §8.6 `bitStreamFormat`. */
export type VideoCodec = 'h264' | 'hevc' | 'av1';

/** The secret of one launch or resume, never reused, protocol/1 §7.1. */
export interface SessionKeys {
  /** 16 bytes, the AES-128 key for RTSP, control, input, audio and video. */
  key: Buffer;
  /** Signed 32-bit `rikeyid`. */
  keyId: number;
}

/** What the client requests from the host for one stream. */
export interface StreamSettings {
  width: number;
  height: number;
  fps: number;
  bitrateKbps: number;
  /** `x-nv-video[0].packetSize`: NV header + payload, bytes, protocol/3 §2.1. */
  packetSize: number;
  codec: VideoCodec;
  /** 10-bit and 4:4:4 variants of `codec`. */
  tenBit: boolean;
  yuv444: boolean;
  colorSpace: 'rec601' | 'rec709' | 'rec2020';
  fullRange: boolean;
  audioChannels: 2 | 6 | 8;
  audioPacketMs: 5 | 10;
  playAudioOnHost: boolean;
  encrypt: Encrypt;
}

/** A stream that every host supports, 720p60 in H.264 with stereo; a base for other settings. */
export const DEFAULT_STREAM_SETTINGS: StreamSettings = {
  width: 1280,
  height: 720,
  fps: 60,
  bitrateKbps: 20_000,
  packetSize: 1024,
  codec: 'h264',
  tenBit: false,
  yuv444: false,
  colorSpace: 'rec709',
  fullRange: false,
  audioChannels: 2,
  audioPacketMs: 5,
  playAudioOnHost: false,
  encrypt: 'offered',
};

/**
 * What is encrypted. `all`: video, sound and control in v2 style, or HOST_ENCRYPTION_UNAVAILABLE; `offered`: what the
 * host supports; `demanded`: what it insists on. The control stream, and input in it, always is.
 */
export type Encrypt = 'all' | 'offered' | 'demanded';

/** One whole coded picture: Annex B (H.264, HEVC) or a temporal unit of sized OBUs (AV1), without padding. */
export interface AccessUnit {
  frameIndex: number;
  keyFrame: boolean;
  data: Buffer;
  /** The host's RTP timestamp, 90 kHz, u32; 0 if the host sends none (Wolf), protocol/3 §2.3. */
  hostTimestamp: number;
  /** Local monotonic ms when the frame's first datagram came. */
  receivedAt: number;
  /** Host latency in units of 0.1 ms, 0 unknown. */
  hostLatency: number;
}

/** One Opus (multistream) packet, decrypted. */
export interface AudioPacket {
  /** The 16-bit sequence number on the wire, extended to a monotonic integer. A gap is a loss. */
  sequence: number;
  data: Buffer;
  durationMs: 5 | 10;
  receivedAt: number;
  recovered: boolean;
}

/** Opus layout at the client, after the corrections of protocol/3 §8.4. */
export interface OpusLayout {
  channels: number;
  streams: number;
  coupledStreams: number;
  mapping: number[];
}

/** The variant of the protocol for the host side, where Sunshine (since 2025.118) and Wolf (2024) differ, protocol/3 §2.11. */
export type ProtocolVariant = 'sunshine' | 'wolf';

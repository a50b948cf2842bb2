import type { ServerInfo } from '../http/types.ts';
import type { OpusLayout, SessionKeys, StreamSettings } from '../types.ts';

export type RtspStream = 'audio' | 'video' | 'control';

/** What the SETUP reply of one stream said, protocol/1 §8.5. */
export interface RtspSetup {
  stream: RtspStream;
  port: number;
  /** The 16 characters to ping with; null = ping with `PING`. */
  pingPayload: string | null;
}

/** All that the seven RTSP steps settle for one stream, protocol/1 §8. */
export interface RtspSession {
  audioPort: number;
  videoPort: number;
  controlPort: number;
  pingPayload: string | null;
  /** The `data` word of the ENet CONNECT. */
  connectData: number;
  encryption: { controlV2: boolean; video: boolean; audio: boolean };
  opus: OpusLayout;
  /** `x-ss-general.featureFlags`: 1 pen and touch, 2 controller touch. */
  featureFlags: number;
  audioPacketMs: 5 | 10;
  /** As announced: a multiple of 16, 32 less with video encryption. */
  packetSize: number;
  refPicInvalidation: boolean;
}

export interface RtspHandshakeOptions {
  /** Where HTTP was answered: never the address of `sessionUrl`, protocol/1 §7.2. */
  address: string;
  sessionUrl: string;
  keys: SessionKeys;
  settings: StreamSettings;
  serverInfo: ServerInfo;
  /** Overrides the address test of protocol/1 §8.6, by which 127.0.0.1 is remote. */
  remote?: boolean;
  /** The pings start as soon as a stream is set up: some hosts answer PLAY only after them, protocol/1 §8.3. */
  onSetup?: (setup: RtspSetup) => void;
  onAnnounced?: () => void;
  signal?: AbortSignal;
}

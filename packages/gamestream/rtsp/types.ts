import type { ServerInfo } from '../http/types.ts';
import type { OpusLayout, SessionKeys, StreamSettings } from '../types.ts';

export type RtspStream = 'audio' | 'video' | 'control';

/** The SETUP reply for one stream, protocol/1 §8.5. */
export interface RtspSetup {
  stream: RtspStream;
  port: number;
  /** The 16 characters to ping with; null = ping with `PING`. */
  pingPayload: string | null;
}

/** Everything the seven RTSP steps settle for one session, protocol/1 §8. */
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
  /** As announced: a multiple of 16, less 32 with video encryption. */
  packetSize: number;
  refPicInvalidation: boolean;
}

export interface RtspHandshakeOptions {
  /** The address that answered HTTP: never the one in `sessionUrl`, protocol/1 §7.2. */
  address: string;
  sessionUrl: string;
  keys: SessionKeys;
  settings: StreamSettings;
  serverInfo: ServerInfo;
  /** Overrides the address test of protocol/1 §8.6, by which 127.0.0.1 is remote. */
  remote?: boolean;
  /** Start the pings when a stream is set up: some hosts answer PLAY only after them, protocol/1 §8.3. */
  onSetup?: (setup: RtspSetup) => void;
  onAnnounced?: () => void;
  signal?: AbortSignal;
}

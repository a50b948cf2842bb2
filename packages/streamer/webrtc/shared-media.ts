import type { PacketHistory } from '@moonshare/webrtc';
import type { WebRtcStack } from './connection.ts';
import type { VideoSink } from './video-dispatcher.ts';

/** What all transports of an engine share. */
export interface SharedMedia {
  stack: WebRtcStack;
  /** `rtx`: of the resends of the video. */
  ssrc: { video: number; audio: number; rtx: number };
  history: PacketHistory;
  /** When one of them last sent more than is read; -Infinity: never. */
  floodedAt: number;
  /** Monotonic ms, the clock of `receivedAt`. */
  now(): number;
  /** Large packets do not reach one of them. */
  largePacketsRefused(): void;
  /** Calls this transport's `resend` at this time. */
  resendLater(transport: VideoSink, at: number): void;
}

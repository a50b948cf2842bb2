import type { VideoCodec } from '../stream/types.ts';
import type { FrameHold, VideoOutput, VideoReceiverStats } from './types.ts';

export interface VideoReceiverOptions {
  codec: VideoCodec;
  /** Longest decrypted datagram to accept, bytes: the negotiated packetSize + 16. */
  maxDatagram: number;
  /** Given when video is encrypted: 16 bytes. */
  key?: Buffer | undefined;
  /** Decides the length of the long frame header and how the true length is found; default: a Sunshine-type host. */
  appVersion?: { parts: readonly [number, number, number, number]; sunshine: boolean };
  /** Default 2 frames and 10 ms. */
  hold?: FrameHold | undefined;
}

/** Turns datagrams into access units, protocol/3 §2 to §4 and §7. Keeps the buffers it is given. */
export class VideoReceiver {
  constructor(_options: VideoReceiverOptions) {}

  receive(_datagram: Buffer, _now: number): VideoOutput {
    throw new Error('not yet');
  }

  /** With `now` = Infinity the stream has ended: everything still open is given up. */
  advance(_now: number): VideoOutput {
    throw new Error('not yet');
  }

  stats(): VideoReceiverStats {
    throw new Error('not yet');
  }
}

import type { SocketCounters } from './player-socket.ts';

/** What has been counted of the picture since the beginning; names and units as in getStats. null: this browser does not say. */
export interface VideoCounters {
  framesReceived: number;
  framesDecoded: number;
  framesDropped: number;
  decodeSeconds: number | null;
  /** From decoded to shown. */
  bufferSeconds: number | null;
  framesShown: number;
  freezes: number | null;
  width: number;
  height: number;
  /** RFC 6381; null: none yet. */
  codec: string | null;
  /** Frames that the decoder has not returned. */
  decodeQueue: number | null;
}

/** What a player has counted since it began. */
export interface PlayerCounters extends VideoCounters, SocketCounters {
  /** ms, monotonic: when these were read. */
  at: number;
  /** Of sound; null: none yet. */
  channels: number | null;
  /** How often the sound ran out; null: this browser does not say. */
  soundUnderruns: number | null;
}

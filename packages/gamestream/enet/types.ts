import type { CoreOutput } from '../wake-timer.ts';

/** An opaque key of a remote socket, made and understood by the shell only: `address port`. */
export type EnetAddress = string;

export type EnetMode = 'reliable' | 'unreliable' | 'unsequenced';

export type EnetEvent =
  /** The connection is up; `data` is the CONNECT's data word (what the other side gave). */
  | { type: 'connected'; peer: number; address: EnetAddress; data: number }
  | { type: 'message'; peer: number; channel: number; mode: EnetMode; data: Buffer }
  | { type: 'disconnected'; peer: number; reason: 'remote' | 'local' | 'timeout' | 'failed'; data: number };

/** One datagram for the network. */
export interface EnetSend {
  type: 'send';
  to: EnetAddress;
  data: Buffer;
}

/** What is to be sent comes before what has happened, as whoever hears of that may call again. */
export type EnetOutput = CoreOutput<EnetSend | EnetEvent>;

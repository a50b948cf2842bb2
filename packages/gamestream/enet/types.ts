import type { CoreOutput } from '@moonshare/sans-io';

/** An opaque key of a remote socket, which only the shell creates and reads: `address port`. */
export type EnetAddress = string;

export type EnetMode = 'reliable' | 'unreliable' | 'unsequenced';

export type EnetEvent =
  /** The connection is up; `data` is the data word of the CONNECT, as given by the other side. */
  | { type: 'connected'; peer: number; address: EnetAddress; data: number }
  | { type: 'message'; peer: number; channel: number; mode: EnetMode; data: Buffer }
  | { type: 'disconnected'; peer: number; reason: 'remote' | 'local' | 'timeout' | 'failed'; data: number };

/** One datagram for the network. */
export interface EnetSend {
  type: 'send';
  to: EnetAddress;
  data: Buffer;
}

/** Datagrams to send come before events, as a listener may call again. */
export type EnetOutput = CoreOutput<EnetSend | EnetEvent>;

/** An opaque key of a remote socket, made and understood by the shell only: `address port`. */
export type EnetAddress = string;

export type EnetMode = 'reliable' | 'unreliable' | 'unsequenced';

export type EnetEvent =
  /** The connection is up; `data` is the CONNECT's data word (what the other side gave). */
  | { type: 'connected'; peer: number; address: EnetAddress; data: number }
  | { type: 'message'; peer: number; channel: number; mode: EnetMode; data: Buffer }
  | { type: 'disconnected'; peer: number; reason: 'remote' | 'local' | 'timeout' | 'failed'; data: number };

/** What every call of an EnetHost asks its shell to do. */
export interface EnetOutput {
  datagrams: { to: EnetAddress; data: Buffer }[];
  events: EnetEvent[];
  /** Call `advance` at this time (ms) at the latest; Infinity when nothing is pending. */
  wakeAt: number;
}

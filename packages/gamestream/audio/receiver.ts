import type { AudioPacket } from '../stream/types.ts';

export interface AudioReceiverOptions {
  packetMs: 5 | 10;
  /** Both given when audio is encrypted: 16 bytes and the signed `rikeyid`. */
  key?: Buffer | undefined;
  keyId?: number | undefined;
  /** How long (ms) past its due time an incomplete block is waited for. Default: 10, and only while packets have recently come out of order. */
  holdMs?: number | undefined;
}

export interface AudioOutput {
  /** In sequence order. */
  packets: AudioPacket[];
  /** Call `advance` at this time (ms) at the latest; Infinity when nothing waits. */
  wakeAt: number;
}

/** Counters since the start. */
export interface AudioReceiverStats {
  datagrams: number;
  invalid: number;
  undecryptable: number;
  /** Duplicates, and packets of blocks that are done. */
  late: number;
  delivered: number;
  recovered: number;
  /** Sequence numbers passed over. */
  lost: number;
  resynchronisations: number;
}

/** Turns audio datagrams into Opus packets in sequence order, protocol/3 §8. */
export class AudioReceiver {
  constructor(_options: AudioReceiverOptions) {}

  receive(_datagram: Buffer, _now: number): AudioOutput {
    throw new Error('not yet');
  }

  /** With `now` = Infinity the stream has ended: what is still held comes out. */
  advance(_now: number): AudioOutput {
    throw new Error('not yet');
  }

  stats(): AudioReceiverStats {
    throw new Error('not yet');
  }
}

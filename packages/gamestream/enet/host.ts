import { GameStreamError } from '../errors.ts';
import type { EnetAddress, EnetMode, EnetOutput } from './types.ts';

export interface EnetHostOptions {
  /** Connections at the same time. */
  slots: number;
  /** Channels granted at most, 1 to 255. */
  channelLimit?: number;
  /** `bytes` unpredictable bytes: connect IDs. */
  random: (bytes: number) => Buffer;
}

export interface EnetPeerStats {
  address: EnetAddress;
  rttMs: number;
  rttVarianceMs: number;
  /** Reliable commands sent and not acknowledged. */
  unacknowledged: number;
  retransmissions: number;
}

/** ENet of protocol/2 §1 without I/O: client and host in one. Times are milliseconds. */
export class EnetHost {
  constructor(_options: EnetHostOptions) {}

  /** Starts a connection; `connected` or `disconnected` (reason `failed`) follows. */
  connect(_o: { to: EnetAddress; channels: number; data: number }, _now: number): EnetOutput & { peer: number } {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  receive(_datagram: Buffer, _from: EnetAddress, _now: number): EnetOutput {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  send(_peer: number, _channel: number, _data: Buffer, _mode: EnetMode, _now: number): EnetOutput {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  /** `reliable`: drains what was sent, then DISCONNECT, 2 s at most. `unsequenced`: one datagram, and gone. */
  disconnect(_peer: number, _how: 'reliable' | 'unsequenced', _now: number, _data = 0): EnetOutput {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  advance(_now: number): EnetOutput {
    throw new GameStreamError('CONTROL_FAILED', 'not written yet');
  }

  stats(_peer: number): EnetPeerStats | null {
    return null;
  }
}

import type { CoreOutput } from '@moonshare/sans-io';
import type { SctpEnd } from '../sctp/types.ts';
import type { ChannelProperties } from './message.ts';

/** `channel` is the number of the channel's stream; after `closed` it may be given to another one. */
export type ChannelEvent =
  /** To be sent to the peer in one DTLS record. */
  | { type: 'send'; packet: Uint8Array }
  /** The association is connected. */
  | { type: 'connected' }
  | ({ type: 'opened'; channel: number; by: 'us' | 'them' } & ChannelProperties)
  | { type: 'message'; channel: number; data: string | Uint8Array }
  /** All that was queued has been sent once: `bufferedAmount` is zero. */
  | { type: 'drained'; channel: number }
  /** Exactly once for each channel, whoever closes it, and if the association ends. Nothing of this channel comes after it. */
  | { type: 'closed'; channel: number }
  /** The last event: the association is over. */
  | { type: 'ended'; reason: SctpEnd; detail: string };

export type ChannelOutput = CoreOutput<ChannelEvent>;

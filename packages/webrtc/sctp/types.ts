import type { CoreOutput } from '@moonshare/sans-io';

/** Why an association is over. `abort` and `shutdown`: the peer's will, or ours; `timeout`: it stopped answering; `protocol`: it broke the rules. */
export type SctpEnd = 'abort' | 'shutdown' | 'timeout' | 'protocol';

export type SctpEvent =
  | { type: 'send'; packet: Uint8Array }
  | { type: 'connected' }
  /** One whole message. `data` is the receiver's to keep. */
  | { type: 'message'; stream: number; ppid: number; data: Uint8Array }
  /** `us`: what we send on these streams counts from the start again; `them`: what the peer sends. */
  | { type: 'streamsReset'; streams: number[]; by: 'us' | 'them' }
  /** All that was queued for the stream has been sent once, or dropped because it may be. */
  | { type: 'drained'; stream: number }
  /** The last event. */
  | { type: 'closed'; reason: SctpEnd; detail: string };

export type SctpOutput = CoreOutput<SctpEvent>;

/** How a message is delivered. Without a limit, until it has arrived. */
export interface Delivery {
  ordered: boolean;
  /** How often it may be sent again. */
  maxRetransmits?: number | undefined;
  /** It is not sent, or sent again, after this many ms. */
  maxLifetimeMs?: number | undefined;
}

export interface SctpStatistics {
  /** Packets that were not for us or malformed, and chunks that made no sense. */
  dropped: number;
  /** Bytes of messages that are not complete, or wait for an earlier one. */
  receivedBytes: number;
  /** Bytes that we hold for sending and resending, with what each message costs. */
  heldBytes: number;
  retransmissions: number;
  /** Smoothed; null before the first measurement. */
  roundTripMs: number | null;
}

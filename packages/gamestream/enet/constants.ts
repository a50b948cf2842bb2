/** Numbers of protocol/2 §1.4. */
export const NO_SLOT = 0xfff;
export const CONNECTION_CHANNEL = 0xff;
export const DEFAULT_MTU = 900;
export const MIN_MTU = 576;
export const MAX_MTU = 4096;
export const MIN_WINDOW = 4096;
export const MAX_WINDOW = 65536;
export const MAX_CHANNELS = 255;
export const MAX_COMMANDS = 32;
export const PING_INTERVAL_MS = 500;
export const THROTTLE_INTERVAL_MS = 5000;
export const THROTTLE_ACCELERATION = 2;
export const THROTTLE_DECELERATION = 2;
/** What a sender reserves for the datagram header, and the largest data command header (protocol/2 §1.11). */
export const HEADER_BYTES = 4;
export const FRAGMENT_HEADER_BYTES = 24;

/** With less, a LAN peer would be sent the same command every few milliseconds (protocol/2 §1.9). */
export const RETRANSMIT_FLOOR_MS = 20;

/** How long a draining disconnect may take in total (protocol/2 §1.13). */
export const LINGER_MS = 2000;

/** The largest message. ENet allows 32 MiB, but a control envelope is at most 65539 bytes (protocol/2 §3.2). */
export const MAX_MESSAGE_BYTES = 256 * 1024;

/** Bytes a peer may make us hold in each direction: undelivered data, and unacknowledged data (ENet: 32 MiB). */
export const MAX_HELD_BYTES = 1024 * 1024;

/** What one held message costs besides its bytes, so that empty ones are bounded too. */
export const HELD_OVERHEAD_BYTES = 64;

/** When to give up a peer, protocol/2 §1.9. */
export interface EnetTimeout {
  limit: number;
  minMs: number;
  maxMs: number;
}

export const DEFAULT_TIMEOUT: EnetTimeout = { limit: 32, minMs: 5000, maxMs: 30000 };
/** For a client once it is connected. */
export const CLIENT_TIMEOUT: EnetTimeout = { limit: 2, minMs: 10000, maxMs: 10000 };

import { randomBytes } from 'node:crypto';

export interface SctpOptions {
  /** A client sends INIT when started; a server waits for one. Both may be clients. */
  role: 'client' | 'server';
  /** 5000 by default, as in WebRTC. */
  localPort?: number;
  remotePort?: number;
  /** The longest packet, in bytes; 1160 fits into a DTLS record for a path MTU of 1200 by default. */
  mtu?: number;
  /** In bytes, both ways; 65536 by default. A peer that sends a longer message is in breach of protocol. */
  maxMessageSize?: number;
  /** Bytes of incomplete messages, and of messages that wait for others, that the peer may make us hold; 256 KiB by default. */
  receiveWindow?: number;
  /** Bytes that may wait to be sent or acknowledged, with 64 for each message; 1 MiB by default. */
  sendLimit?: number;
  /** Streams each way: 0 to `streams` - 1; 1024 by default. */
  streams?: number;
  random?: (bytes: number) => Uint8Array;
}

export const DEFAULTS = {
  localPort: 5000,
  remotePort: 5000,
  mtu: 1160,
  maxMessageSize: 65_536,
  receiveWindow: 256 * 1024,
  sendLimit: 1024 * 1024,
  streams: 1024,
  random: randomBytes,
};

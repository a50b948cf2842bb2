import type {
  LocalTransport,
  NetworkEstimate,
  SdpTransport,
  StreamBinding,
  TransportFeedback,
  VideoAbilities,
} from '@moonshare/webrtc';

/** A data channel, as node-datachannel has it. The browser's labels say what each is for. */
export interface Channel {
  getLabel(): string;
  isOpen(): boolean;
  /** Bytes that wait to be sent. */
  bufferedAmount(): number;
  /** Both throw if the connection breaks at this moment. */
  sendMessage(text: string): boolean;
  sendMessageBinary(data: Uint8Array): boolean;
  close(): void;
  onMessage(receive: (message: string | Buffer | ArrayBuffer) => void): void;
  onClosed(closed: () => void): void;
  /** Everything that waited has been sent. */
  onBufferedAmountLow(drained: () => void): void;
}

/** What happens on a connection. Called on the JS thread; errors thrown here go to `failed`. */
export interface ConnectionEvents {
  /** To be announced to the browser, `candidate:...`. Each once. */
  candidate(candidate: string): void;
  /** DTLS is up: packets can be sent. */
  open(): void;
  /** The browser has made a channel: it is open, or closed already. */
  channel(channel: Channel): void;
  /** What came for data channels, where the stack says so before it reads it; false: it is not read. May close the connection. */
  admitsData(packet: { bytes: number; chunks: number }): boolean;
  rtcp(packet: Buffer): void;
  /** Packets that are larger than usual do not get through, as has turned out after `sendVideo`. */
  largePacketsRefused(): void;
  /** The connection ended, or failed to open. `failed`: ICE found no path, or lost consent (after about 30 s); else the other side closed it. */
  ended(state: 'closed' | 'disconnected' | 'failed'): void;
  /** An error in the stack, or in a handler above. */
  failed(error: unknown): void;
}

/** What a connection needs to know about the browser. */
export interface RemoteTransport {
  transport: SdpTransport;
  setup: 'active' | 'passive';
  application: { sctpPort: number } | null;
  /** The side that offered controls ICE (RFC 8445 §6.1.1). */
  weOffered: boolean;
}

/**
 * Hands packets that all viewers share to the network as this viewer's, numbered on from `sequence`. They may leave only after the current
 * task, and must stay as they are until then. False: the socket is known to have refused every one that is larger than usual.
 */
export type SendRtp = (packets: readonly Buffer[], binding: StreamBinding, sequence: number) => boolean;

/** One browser's ICE, DTLS, SRTP and SCTP. Descriptions never reach it: media are negotiated outside (sdp/). */
export interface Connection {
  createChannel(label: string): Channel;
  /** The browser has new credentials for ICE, and is given new ones of ours, which are announced with our candidates. Null: the stack cannot. */
  readonly restartIce: ((local: LocalTransport, remote: SdpTransport) => void) | null;
  /** Call once; candidates may be added after that. */
  start(local: LocalTransport, remote: RemoteTransport): void;
  addCandidate(candidate: string): void;
  sendVideo: SendRtp;
  /** Packets that were sent lately, with the numbers that they had. False: that is not possible (any more). */
  resendVideo: SendRtp;
  sendAudio: SendRtp;
  sendRtcp(packet: Buffer): void;
  /** What the browser reports of packets with transport-wide numbers. */
  transportFeedback(feedback: TransportFeedback): void;
  /** What the path carries, by such reports; null: not known, or not by this stack. */
  readonly network: NetworkEstimate | null;
  /** Idempotent. Nothing happens on it after that. */
  close(): void;
}

/** What carries all connections of one engine, on one UDP port. */
export interface WebRtcStack {
  readonly port: number;
  /** Of the DTLS certificate, as in SDP: `sha-256 AB:CD:...` */
  readonly fingerprint: string;
  /** Why browsers cannot come over TCP, though this stack offers that; else null. */
  readonly tcpError: unknown;
  /** What it can do with video; the rest is not negotiated. */
  readonly can: VideoAbilities;
  createConnection(id: string, events: ConnectionEvents): Connection;
  /** The port is free afterwards. Call it when all connections are closed. */
  close(): void;
}

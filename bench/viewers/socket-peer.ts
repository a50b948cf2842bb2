import { randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';
import { encodeAcknowledgement, encodeViewerHello } from '@moonshare/contract';
import { now } from '../harness/clock.ts';
import { MessageReader } from './message-reader.ts';

/** Browsers acknowledge this often, until they are told otherwise. */
const ACKNOWLEDGE_MS = 50;
const END_OF_HEADERS = '\r\n\r\n';
const FINAL = 0x80;
const BINARY = 2;
const PONG = 10;
/** A mask of zeros changes nothing. */
const MASK = [0, 0, 0, 0];

export interface SocketPeerOptions {
  peerId: string;
  port: number;
  kind: 'plain' | 'TLS';
  /** The last byte of a frame has been read. */
  onFrame: (number: number, at: number) => void;
}

/** One viewer on a media socket that costs little: acknowledges what comes, decodes nothing. */
export class SocketPeer {
  bytesReceived = 0;
  readonly #socket: net.Socket;
  readonly #reader: MessageReader;
  #acknowledging: NodeJS.Timeout | undefined;
  #received: number | null = null;
  #acknowledged: number | null = null;

  constructor({ peerId, port, kind, onFrame }: SocketPeerOptions) {
    const address = { port, host: '127.0.0.1' };
    this.#socket = kind === 'TLS' ? tls.connect({ ...address, rejectUnauthorized: false }) : net.connect(address);
    this.#socket.setNoDelay(true);
    this.#reader = new MessageReader({
      frame: (number) => {
        this.#received = number;
        onFrame(number, now());
      },
      acknowledgeEvery: (ms) => {
        clearInterval(this.#acknowledging);
        this.#acknowledging = setInterval(() => this.#acknowledge(), ms);
      },
      ping: () => this.#send(PONG, new Uint8Array()),
    });
    this.#socket.write(
      [
        `GET /${peerId} HTTP/1.1`,
        'Host: bench',
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}${END_OF_HEADERS}`,
      ].join('\r\n'),
    );
    this.#socket.once('data', (chunk: Buffer) => this.#begin(chunk));
  }

  /** The answer comes in one piece: it is short, and the first thing on the connection. */
  #begin(chunk: Buffer): void {
    const end = chunk.indexOf(END_OF_HEADERS) + END_OF_HEADERS.length;
    this.#send(BINARY, encodeViewerHello({ wantsSound: true, takesSurround: false }));
    this.#acknowledging = setInterval(() => this.#acknowledge(), ACKNOWLEDGE_MS);
    this.#socket.on('data', (data: Buffer) => this.#read(data));
    this.#read(chunk.subarray(end));
  }

  #read(chunk: Buffer): void {
    this.bytesReceived += chunk.length;
    this.#reader.read(chunk);
  }

  #acknowledge(): void {
    const received = this.#received;
    if (received === null || received === this.#acknowledged) return;
    this.#acknowledged = received;
    this.#send(BINARY, encodeAcknowledgement({ received, shown: received, queued: 0, receivedAtMs: now() }));
  }

  /** A short message, or a pong. */
  #send(opcode: number, message: Uint8Array): void {
    this.#socket.write(Uint8Array.of(FINAL | opcode, FINAL | message.length, ...MASK, ...message));
  }
}

import type { Duplex } from 'node:stream';
import {
  type AcknowledgedFrames,
  decodeMediaMessage,
  encodeAcknowledgement,
  encodeKeyFrameNeeded,
  encodeViewerHello,
  type KeyFrameReason,
  MEDIA_VERSION,
  type VideoMessage,
} from '@moonshare/contract';
import { clientFrame, FrameReader, Opcode, SocketError } from './frame-reader.ts';

/** The largest frame of a stream that viewers are sent, and its header. */
const MAX_MESSAGE = 16 * 1024 * 1024 + 1024;
/** The streamer says something every two seconds. */
const SILENT_MS = 10_000;

export interface MediaClientEvents {
  video(message: VideoMessage): void;
  /** The last call, exactly once; null: the streamer closed it. */
  closed(error: Error | null): void;
}

/** The browser's end of a media socket (protocol/6), for one that wants the picture only. Owns the socket. */
export class MediaClient {
  readonly #socket: Duplex;
  readonly #events: MediaClientEvents;
  readonly #reader = new FrameReader(MAX_MESSAGE);
  readonly #silence: NodeJS.Timeout;
  #isClosed = false;

  constructor(socket: Duplex, events: MediaClientEvents) {
    this.#socket = socket;
    this.#events = events;
    this.#silence = setTimeout(() => this.#end(new SocketError('the streamer fell silent')), SILENT_MS);
    socket.on('error', (error) => this.#end(error));
    socket.once('close', () => this.#end(null));
    socket.once('end', () => this.#end(null));
    socket.on('data', (bytes: Buffer) => this.#read(bytes));
    this.#send(Opcode.binary, encodeViewerHello({ wantsSound: false, takesSurround: false }));
    socket.resume();
  }

  acknowledge(frames: AcknowledgedFrames): void {
    this.#send(Opcode.binary, encodeAcknowledgement({ ...frames, receivedAtMs: performance.now() }));
  }

  needKeyFrame(reason: KeyFrameReason): void {
    this.#send(Opcode.binary, encodeKeyFrameNeeded(reason));
  }

  /** Idempotent. `closed` is not called any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#silence);
    this.#socket.destroy();
  }

  #read(bytes: Buffer): void {
    this.#silence.refresh();
    try {
      for (const { opcode, data } of this.#reader.push(bytes)) {
        if (this.#isClosed) return;
        this.#receive(opcode, data);
      }
    } catch (error) {
      this.#end(error as Error);
    }
  }

  #receive(opcode: number, data: Buffer): void {
    if (opcode === Opcode.ping) this.#send(Opcode.pong, data);
    else if (opcode === Opcode.close) this.#end(null);
    else if (opcode === Opcode.binary) {
      const message = decodeMediaMessage(data);
      if (message?.kind === 'hello' && message.version !== MEDIA_VERSION)
        throw new SocketError(`the streamer speaks version ${message.version}`);
      if (message?.kind === 'video') this.#events.video(message);
    }
  }

  #send(opcode: number, data: Uint8Array): void {
    if (!this.#isClosed) this.#socket.write(clientFrame(opcode, data));
  }

  #end(error: Error | null): void {
    if (this.#isClosed) return;
    this.close();
    this.#events.closed(error);
  }
}

import type { Socket } from 'node:net';
import { BitstreamError } from '@moonshare/bitstream';
import { type AudioConfiguration, MoonshareError } from '@moonshare/contract';
import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import { type WebSocket, WebSocketServer } from 'ws';
import type {
  MediaConnection,
  SocketEngine,
  StreamFormat,
  TransportOptions,
  ViewerTransport,
} from '../viewer/transport.ts';
import { GatheredWrites } from './gathered-writes.ts';
import { HeldSound, type SoundForViewers } from './held-sound.ts';
import { MediaTime } from './media-time.ts';
import { SoundMessages } from './sound-messages.ts';
import { WebSocketTransport } from './transport.ts';
import { VideoMessage } from './video-message.ts';

// Not imported: as a module it loads undici too, for its WebSocket, 0.04 s of CPU.
const { IncomingMessage } = process.getBuiltinModule('node:http');

const CHECK_MS = 1_000;
/** A check that comes later than this means that the process was held up. */
const LATE_CHECK_MS = 2_000;
/** The largest frame, bytes: hosts send nothing near this. */
const LARGEST_FRAME = 16 * 1024 * 1024;
/** The largest message from a browser, and the most fragments of it. Input takes a few bytes. */
const MAX_MESSAGE = 64 * 1024;
const MAX_FRAGMENTS = 16;

/** How the sound of each kind of viewer is decoded. Compared by identity. */
interface Layouts {
  unchanged: AudioConfiguration;
  mixed: AudioConfiguration;
}

/** Viewers on media sockets (protocol/6): each access unit becomes one message, and the same memory is written to every socket. */
export class WebSocketEngine implements SocketEngine {
  readonly largestFrame = LARGEST_FRAME;
  readonly #maxViewers: number;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    autoPong: false,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE,
    maxFragments: MAX_FRAGMENTS,
    handleProtocols: () => false,
  });
  readonly #transports = new Map<ViewerTransport, WebSocketTransport>();
  readonly #writes = new GatheredWrites();
  readonly #sound = new HeldSound((sound) => this.#sendSound(sound));
  readonly #time = new MediaTime();
  readonly #timer: NodeJS.Timeout;
  #checkedAt = performance.now();
  #format: StreamFormat | null = null;
  #layouts: Layouts | null = null;
  /** Of the next frame of the stream, u32. */
  #number = 0;
  #isClosed = false;

  constructor({ maxViewers }: { maxViewers: number }) {
    this.#maxViewers = maxViewers;
    this.#timer = setInterval(() => this.#check(), CHECK_MS);
  }

  /** Throws VIEWER_LIMIT, or BAD_REQUEST if the request asks for no WebSocket. */
  addTransport(options: TransportOptions, connection: MediaConnection): ViewerTransport {
    try {
      return this.#add(options, connection);
    } catch (error) {
      // `ws` answers a refusal and ends the connection; in any other case that is left to us.
      if (!connection.socket.writableEnded) connection.socket.destroy();
      throw error;
    }
  }

  setFormat(format: StreamFormat): void {
    // Whatever is held has the layout of the old one.
    this.#sound.release();
    this.#format = format;
    const { streams, coupledStreams, mapping } = format.audio;
    const packetMs = format.audioPacketMs;
    this.#layouts = {
      unchanged: { packetMs, streams, coupledStreams, mapping },
      mixed: { packetMs, streams: 1, coupledStreams: 1, mapping: [0, 1] },
    };
  }

  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
    const number = this.#number;
    this.#number = (number + 1) >>> 0;
    const timeUs = this.#time.video(unit);
    if (transports.length === 0) return transports;
    this.#sound.release();
    const message = this.#message(unit, number, timeUs);
    if (message === null) return transports;
    return transports.filter((transport) => !this.#transports.get(transport)?.sendVideo(message));
  }

  sendAudio(packet: AudioPacket, transports: readonly ViewerTransport[]): void {
    const time = this.#time.audio(packet);
    if (time !== null && transports.length > 0) this.#sound.add({ ...time, data: packet.data }, transports);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#sound.close();
    for (const transport of [...this.#transports.values()]) transport.close(null);
  }

  #sendSound({ packets, transports }: SoundForViewers): void {
    if (this.#layouts === null) return;
    const unchanged = new SoundMessages(packets, this.#layouts.unchanged);
    const mixed = new SoundMessages(packets, this.#layouts.mixed);
    for (const transport of transports)
      this.#transports.get(transport)?.sendAudio(transport.sound === 'stereo mix' ? mixed : unchanged);
  }

  #add(options: TransportOptions, { socket, request, head }: MediaConnection): ViewerTransport {
    if (this.#isClosed) throw new MoonshareError('SHUTTING_DOWN');
    if (this.#transports.size >= this.#maxViewers) throw new MoonshareError('VIEWER_LIMIT');
    const accepted = this.#accept(socket, request, head);
    const { events } = options;
    const transport: WebSocketTransport = new WebSocketTransport(accepted, socket, {
      ...options,
      format: () => this.#format,
      writes: this.#writes,
      events: {
        ...events,
        closed: (error) => {
          this.#transports.delete(transport);
          events.closed(error);
        },
      },
    });
    this.#transports.set(transport, transport);
    return transport;
  }

  /** Answers the request, at once. */
  #accept(socket: MediaConnection['socket'], { url, headers }: MediaConnection['request'], head: Buffer): WebSocket {
    // `ws` looks only at the headers of the request, and takes any duplex stream for the socket.
    const request = Object.assign(new IncomingMessage(socket as Socket), {
      method: 'GET',
      url,
      headers: { ...headers },
    });
    let accepted: WebSocket | null = null;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      accepted = webSocket;
    });
    if (accepted === null) throw new MoonshareError('BAD_REQUEST', { message: 'Not a request for a WebSocket' });
    return accepted;
  }

  /** Null: it cannot be shown, or is not what the host said it would send. */
  #message(unit: AccessUnit, number: number, timeUs: number): VideoMessage | null {
    if (this.#format === null || unit.data.length > LARGEST_FRAME) return null;
    try {
      return new VideoMessage(unit, { codec: this.#format.codec, number, timeUs });
    } catch (error) {
      if (error instanceof BitstreamError) return null;
      throw error;
    }
  }

  #check(): void {
    const now = performance.now();
    const isLate = now - this.#checkedAt > LATE_CHECK_MS;
    this.#checkedAt = now;
    for (const transport of [...this.#transports.values()]) transport.check(isLate);
  }
}

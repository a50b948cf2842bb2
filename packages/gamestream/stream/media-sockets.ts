import { WakeTimer } from '@moonshare/sans-io';
import { type OpenDatagramSocket, openNodeSocket } from './datagram-socket.ts';
import { MediaSocket } from './media-socket.ts';
import { type Media, type Ping, PingSchedule } from './ping-schedule.ts';

/** Where the media of one stream come from, according to its SETUP reply. */
export interface MediaOrigin {
  /** IP address of the host. */
  address: string;
  port: number;
  /** The 16 characters to ping with; null = ping with `PING`. */
  pingPayload: string | null;
  /** 0: any free one. */
  localPort: number;
}

/** The two UDP sockets of a stream, and the pings that tell the host their addresses. */
export class MediaSockets {
  readonly #openSocket: OpenDatagramSocket;
  readonly #sockets: Partial<Record<Media, MediaSocket>> = {};
  readonly #pings = new PingSchedule();
  readonly #timer = new WakeTimer<Ping>(
    (now) => this.#pings.advance(now),
    ({ media, datagram }) => this.#sockets[media]?.send(datagram),
  );

  constructor(openSocket: OpenDatagramSocket = openNodeSocket) {
    this.#openSocket = openSocket;
  }

  get video(): MediaSocket | undefined {
    return this.#sockets.video;
  }

  get audio(): MediaSocket | undefined {
    return this.#sockets.audio;
  }

  /** Called with the first SETUP reply for this stream. Errors: those of the system. */
  async open(media: Media, origin: MediaOrigin): Promise<void> {
    const { pingPayload, ...where } = origin;
    const socket = new MediaSocket(where, this.#openSocket);
    this.#sockets[media] = socket;
    socket.onFirst(() => this.#timer.take(this.#pings.received(media, performance.now())));
    if (await socket.open()) this.#timer.take(this.#pings.start(media, pingPayload, performance.now()));
  }

  /** The ANNOUNCE reply came. */
  announced(): void {
    this.#timer.take(this.#pings.announced(performance.now()));
  }

  async close(): Promise<void> {
    this.#timer.stop();
    await Promise.all([this.#sockets.video?.close(), this.#sockets.audio?.close()]);
  }
}

import { Alarm } from './alarm.ts';
import { MediaSocket } from './media-socket.ts';
import { type Media, type PingOutput, PingSchedule } from './ping.ts';

/** Where the media of one stream come from, by its SETUP reply. */
export interface MediaOrigin {
  /** IP address of the host. */
  address: string;
  port: number;
  /** The 16 characters to ping with; null = ping with `PING`. */
  pingPayload: string | null;
  /** 0: any free one. */
  localPort: number;
}

/** The two UDP sockets of a stream, and the pings that tell the host where they are. */
export class MediaSockets {
  readonly #sockets: Partial<Record<Media, MediaSocket>> = {};
  readonly #pings = new PingSchedule();
  readonly #alarm = new Alarm(() => this.#apply(this.#pings.advance(performance.now())));

  get video(): MediaSocket | undefined {
    return this.#sockets.video;
  }

  get audio(): MediaSocket | undefined {
    return this.#sockets.audio;
  }

  /** The SETUP reply of this stream came, for the first time. Errors: those of the system. */
  async open(media: Media, origin: MediaOrigin): Promise<void> {
    const { pingPayload, ...where } = origin;
    const socket = new MediaSocket(where);
    this.#sockets[media] = socket;
    socket.onFirst(() => this.#apply(this.#pings.received(media, performance.now())));
    if (await socket.open()) this.#apply(this.#pings.start(media, pingPayload, performance.now()));
  }

  /** The ANNOUNCE reply came. */
  announced(): void {
    this.#apply(this.#pings.announced(performance.now()));
  }

  async close(): Promise<void> {
    this.#alarm.stop();
    await Promise.all([this.#sockets.video?.close(), this.#sockets.audio?.close()]);
  }

  #apply({ ping, wakeAt }: PingOutput): void {
    if (ping !== null) this.#sockets[ping.media]?.send(ping.datagram);
    this.#alarm.set(wakeAt);
  }
}

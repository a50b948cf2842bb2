import { Alarm } from './alarm.ts';
import { MediaSocket } from './media-socket.ts';
import { type PingOutput, PingSchedule } from './ping.ts';

export type Media = 'video' | 'audio';

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
  readonly #schedules: Partial<Record<Media, PingSchedule>> = {};
  readonly #alarms: Partial<Record<Media, Alarm>> = {};

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
    const schedule = new PingSchedule(pingPayload);
    this.#sockets[media] = socket;
    this.#schedules[media] = schedule;
    this.#alarms[media] = new Alarm(() => this.#apply(media, schedule.advance(performance.now())));
    socket.onFirst(() => schedule.received());
    if (await socket.open()) this.#apply(media, schedule.start(performance.now()));
  }

  /** The ANNOUNCE reply came. */
  announced(): void {
    for (const media of ['video', 'audio'] as const) {
      const output = this.#schedules[media]?.announced(performance.now());
      if (output !== undefined) this.#apply(media, output);
    }
  }

  async close(): Promise<void> {
    for (const alarm of Object.values(this.#alarms)) alarm.stop();
    await Promise.all([this.#sockets.video?.close(), this.#sockets.audio?.close()]);
  }

  #apply(media: Media, { datagram, wakeAt }: PingOutput): void {
    if (datagram !== null) this.#sockets[media]?.send(datagram);
    this.#alarms[media]?.set(wakeAt);
  }
}

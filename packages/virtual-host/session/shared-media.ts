import type { Media } from './first-pings.ts';
import { type DropControl, HostMediaSocket, type MediaTarget } from './host-media-socket.ts';
import type { SessionMedia } from './session.ts';

/** A media ping, protocol/3 §1: it names its session, or its client is identified by address. */
export type MediaPing = { how: 'echoed'; payload: string } | { how: 'plain' };

const PLAIN_PING = Buffer.from('PING');
const PAYLOAD_BYTES = 16;
/** The payload and a counter. */
const ECHO_BYTES = 20;

/** One port for the video of all sessions and one for their sound. Pings tell the sessions apart. */
export class SharedMedia {
  /** Shared by every session. */
  readonly media: SessionMedia;
  readonly #sockets: HostMediaSocket[];

  private constructor(ports: Record<Media, number>, sockets: Record<Media, HostMediaSocket>) {
    this.#sockets = [sockets.video, sockets.audio];
    const shared = (media: Media) => ({
      port: ports[media],
      send: sockets[media].send.bind(sockets[media]),
      release: () => {},
    });
    this.media = { video: shared('video'), audio: shared('audio') };
  }

  /** Throws when a port is taken; nothing stays open then. */
  static async open(options: {
    bind: string;
    drop: DropControl;
    ports: Record<Media, number>;
    onPing: (media: Media, ping: MediaPing, from: MediaTarget) => void;
  }): Promise<SharedMedia> {
    const { bind, drop, ports } = options;
    const listen = (media: Media) => {
      const onDatagram = (datagram: Buffer, from: MediaTarget) => {
        const ping = readPing(datagram);
        if (ping !== null) options.onPing(media, ping, from);
      };
      return HostMediaSocket.open({ bind, drop, port: ports[media], onDatagram });
    };
    const video = await listen('video');
    try {
      return new SharedMedia(ports, { video, audio: await listen('audio') });
    } catch (error) {
      await video.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#sockets.map((socket) => socket.close()));
  }
}

function readPing(datagram: Buffer): MediaPing | null {
  if (datagram.length >= ECHO_BYTES) return { how: 'echoed', payload: datagram.toString('latin1', 0, PAYLOAD_BYTES) };
  return datagram.equals(PLAIN_PING) ? { how: 'plain' } : null;
}

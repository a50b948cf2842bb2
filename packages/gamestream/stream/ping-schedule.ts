import type { CoreOutput } from '@moonshare/sans-io';

export type Media = 'video' | 'audio';

/** The normal pace, protocol/1 §8.5; Wolf must never see a faster one (protocol/1 §8.8). */
const STEADY_MS = 500;
/** The pace between the ANNOUNCE reply and the first datagram: Sunshine opens its ports in between and misses earlier pings. */
const FAST_MS = 40;
/** How long audio waits for the picture after the first video ping the host can receive; GFE sends none before it has both. */
const AUDIO_WAIT_MS = 300;
/** Gap between pings of different streams: Sunshine mixes up their senders when it reads both in one go (protocol/5). */
const APART_MS = 20;

/** To be sent now, to the port of its stream. */
export interface Ping {
  media: Media;
  datagram: Buffer;
}

/** One stream that is set up. */
interface Pinged {
  payload: Buffer | null;
  counter: number;
  nextAt: number;
  lastAt: number;
  /** Datagrams are coming: the host knows our address. */
  flows: boolean;
}

/**
 * When and with what to ping the media ports of a stream (protocol/1 §8.5 and §8.8). Video first; audio once video flows,
 * or a little later; never both at the same moment. Pure; times are monotonic ms.
 */
export class PingSchedule {
  readonly #streams: Partial<Record<Media, Pinged>> = {};
  #isAnnounced = false;
  /** The first video ping that the host can have received. */
  #firstVideoPingAt = Number.POSITIVE_INFINITY;

  /** The stream is set up. `payload`: the 16 characters of the SETUP reply; null = the host gave none. */
  start(media: Media, payload: string | null, now: number): CoreOutput<Ping> {
    const bytes = payload === null ? null : Buffer.from(payload, 'latin1');
    const never = Number.NEGATIVE_INFINITY;
    this.#streams[media] = { payload: bytes, counter: 0, nextAt: now, lastAt: never, flows: false };
    return this.advance(now);
  }

  /** The ANNOUNCE reply came. */
  announced(now: number): CoreOutput<Ping> {
    this.#isAnnounced = true;
    for (const stream of Object.values(this.#streams)) {
      if (isFast(stream, true)) stream.nextAt = now;
    }
    return this.advance(now);
  }

  /** A datagram of this stream came. */
  received(media: Media, now: number): CoreOutput<Ping> {
    const stream = this.#streams[media];
    if (stream === undefined || stream.flows) return this.advance(now);
    stream.flows = true;
    if (Number.isFinite(stream.lastAt)) stream.nextAt = stream.lastAt + STEADY_MS;
    return this.advance(now);
  }

  /** One ping at most, since the next one is due at another time. */
  advance(now: number): CoreOutput<Ping> {
    const media: Media = this.#dueAt('audio') < this.#dueAt('video') ? 'audio' : 'video';
    const stream = this.#streams[media];
    const isDue = stream !== undefined && now >= this.#dueAt(media);
    const events = isDue ? [{ media, datagram: this.#ping(media, stream, now) }] : [];
    return { events, wakeAt: Math.min(this.#dueAt('video'), this.#dueAt('audio')) };
  }

  #dueAt(media: Media): number {
    const stream = this.#streams[media];
    if (stream === undefined) return Number.POSITIVE_INFINITY;
    const other = this.#streams[media === 'video' ? 'audio' : 'video'];
    const apart = Math.max(stream.nextAt, (other?.lastAt ?? Number.NEGATIVE_INFINITY) + APART_MS);
    if (media === 'video' || this.#streams.video?.flows === true || stream.flows) return apart;
    return Math.max(apart, this.#firstVideoPingAt + AUDIO_WAIT_MS);
  }

  #ping(media: Media, stream: Pinged, now: number): Buffer {
    stream.lastAt = now;
    stream.nextAt = now + (isFast(stream, this.#isAnnounced) ? FAST_MS : STEADY_MS);
    const isListening = this.#isAnnounced || stream.payload === null;
    if (media === 'video' && isListening) this.#firstVideoPingAt = Math.min(this.#firstVideoPingAt, now);
    if (stream.payload === null) return Buffer.from('PING');
    stream.counter = (stream.counter + 1) >>> 0;
    const datagram = Buffer.alloc(stream.payload.length + 4);
    stream.payload.copy(datagram);
    datagram.writeUInt32BE(stream.counter, stream.payload.length);
    return datagram;
  }
}

/** True between the ANNOUNCE reply and the first datagram, for a host that gave a payload. */
function isFast({ payload, flows }: Pinged, isAnnounced: boolean): boolean {
  return isAnnounced && payload !== null && !flows;
}

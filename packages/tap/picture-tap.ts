import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type FromTap, MoonshareError, type Picture, type PictureOptions, type ToTap } from '@moonshare/contract';
import type { Frame } from 'node-av/lib';
import type { Codecs } from './decode/load.ts';
import { RegionOutsideError } from './region/region.ts';
import { type Seen, type Wanted, WatchedStream } from './stream/watched-stream.ts';
import { Waits } from './wait/waits.ts';

/** More at a time would only delay each other. */
const MAX_ENCODING = 2;

interface PictureRequest {
  requestId: number;
  /** A picture that came after this will do, ms since 1970. */
  since: number;
  options: PictureOptions;
}

/** The newest picture that was decoded. */
interface Decoded {
  picture: Frame;
  of: Seen;
}

/** Answers requests for pictures of one stream: decodes as much of it as they need, and nothing while there are none. */
export class PictureTap {
  readonly #codecs: Codecs;
  readonly #send: (message: FromTap) => void;
  readonly #waits: Waits<Frame>;
  readonly #requests = new Map<number, PictureRequest>();
  /** Their pictures are there. */
  readonly #ready: { request: PictureRequest; from: Decoded }[] = [];
  #encoding = 0;
  #stream: { number: number; watched: WatchedStream } | null = null;
  #follows = false;
  #decoded: Decoded | null = null;

  constructor(codecs: Codecs, send: (message: FromTap) => void) {
    this.#codecs = codecs;
    this.#send = send;
    this.#waits = new Waits({
      brightness: codecs.frameBrightness,
      over: (requestId, outcome) => {
        const of = this.#stream?.watched.newest ?? this.#decoded?.of;
        if (of === undefined) return;
        const { frame, timeUs, receivedAt } = of;
        send({ type: 'waited', requestId, outcome: { outcome, frame, timeUs, receivedAt } });
        this.#changed();
      },
      failed: (requestId, error) => this.#fail(requestId, error),
    });
  }

  /** `socket`: that came with the message. */
  receive(message: ToTap, socket: Duplex | null): void {
    if (message.type !== 'open') socket?.destroy();
    switch (message.type) {
      case 'open':
        if (socket !== null) this.#openStream(message.stream, socket);
        break;
      case 'close':
        this.#closeStream();
        break;
      case 'follow':
        this.#follows = message.follows;
        break;
      case 'picture': {
        const { requestId, maxAgeMs, options } = message;
        this.#requests.set(requestId, { requestId, since: Date.now() - maxAgeMs, options });
        this.#answer();
        break;
      }
      case 'wait':
        this.#waits.add(message.requestId, message.options, performance.now());
        this.#startWaits();
        break;
      case 'cancel':
        this.#requests.delete(message.requestId);
        this.#waits.delete(message.requestId);
        break;
    }
    this.#changed();
  }

  #openStream(number: number, socket: Duplex): void {
    this.#closeStream();
    const watched: WatchedStream = new WatchedStream(socket, this.#codecs.openDecoder, {
      received: (frame) => {
        this.#waits.received(frame, performance.now());
        this.#changed();
      },
      decoded: (picture, of) => this.#onDecoded(picture, of),
      failed: (error) => this.#onFailed(error),
      closed: () => {
        this.#stream = null;
        this.#waits.lost();
        this.#send({ type: 'closed', stream: number });
      },
    });
    this.#stream = { number, watched };
  }

  #closeStream(): void {
    this.#stream?.watched.close();
    this.#stream = null;
    this.#waits.lost();
  }

  /** A wait that begins in the middle of a stream need not wait for its next frame, which a still picture may never have. */
  #startWaits(): void {
    const { watched } = this.#stream ?? {};
    if (watched === undefined || watched.newest === null) return;
    this.#waits.start(watched.isUpToDate ? (this.#decoded?.picture ?? null) : null, performance.now());
  }

  /** Requests have come or gone. */
  #changed(): void {
    this.#stream?.watched.want(this.#wanted());
  }

  #wanted(): Wanted {
    if (this.#follows || this.#requests.size > 0 || this.#waits.needPictures) return 'now';
    return this.#waits.mayNeedPictures ? 'later' : 'nothing';
  }

  #onDecoded(picture: Frame, { isKey, isStill, ...of }: Seen & { isKey: boolean; isStill: boolean }): void {
    this.#waits.decoded(picture, { isKey, isStill }, performance.now());
    this.#decoded?.picture.free();
    this.#decoded = { picture, of };
    this.#answer();
    this.#changed();
  }

  #onFailed(cause: Error): void {
    const error = new MoonshareError('DECODER_FAILED', { message: `The stream cannot be decoded: ${cause.message}` });
    for (const requestId of [...this.#requests.keys()]) this.#fail(requestId, error);
    for (const requestId of this.#waits.thatDependOnPictures()) this.#fail(requestId, error);
    this.#changed();
  }

  /** Encodes for those who can have the newest picture. */
  #answer(): void {
    const decoded = this.#decoded;
    if (decoded === null) return;
    const isNewest = this.#stream?.watched.isUpToDate === true;
    for (const [requestId, request] of this.#requests) {
      if (!isNewest && decoded.of.receivedAt < request.since) continue;
      this.#requests.delete(requestId);
      const picture = decoded.picture.clone();
      if (picture === null) this.#fail(requestId, new MoonshareError('DECODER_FAILED'));
      else this.#ready.push({ request, from: { picture, of: decoded.of } });
    }
    this.#encode();
  }

  #encode(): void {
    while (this.#encoding < MAX_ENCODING) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      this.#encoding += 1;
      void this.#encodeOne(next.request, next.from).finally(() => {
        this.#encoding -= 1;
        this.#encode();
      });
    }
  }

  async #encodeOne({ requestId, options }: PictureRequest, { picture, of }: Decoded): Promise<void> {
    try {
      const { width: streamWidth, height: streamHeight } = picture;
      const encoded = await this.#codecs.encodePicture(picture, options);
      const hash = createHash('sha256').update(encoded.data).digest('base64url').slice(0, 22);
      const { frame, timeUs, receivedAt } = of;
      const answer: Picture = { ...encoded, streamWidth, streamHeight, frame, timeUs, receivedAt, hash };
      this.#send({ type: 'picture', requestId, picture: answer });
    } catch (error) {
      this.#fail(requestId, error as Error);
    } finally {
      picture.free();
    }
  }

  #fail(requestId: number, cause: Error): void {
    this.#requests.delete(requestId);
    this.#waits.delete(requestId);
    this.#send({ type: 'failed', requestId, error: asError(cause).toBody() });
  }
}

function asError(cause: Error): MoonshareError {
  if (cause instanceof MoonshareError) return cause;
  if (cause instanceof RegionOutsideError)
    return new MoonshareError('BAD_REQUEST', { message: `Bad request: region: ${cause.message}` });
  return new MoonshareError('DECODER_FAILED', { message: cause.message, cause });
}

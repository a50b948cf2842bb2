import type { KeyFrameReason, VideoConfiguration, VideoMessage } from '@moonshare/contract/browser';
import type { ProblemCode } from '../../problem.ts';
import type { VideoCounters } from '../player-counters.ts';
import { Cadence } from './cadence.ts';
import { colourSpace } from './colour-space.ts';
import { type Care, DecoderWatch } from './decoder-watch.ts';
import { FreezeCounter } from './freeze-counter.ts';
import type { PictureSink } from './picture-sink.ts';

/** The duration of the first frame, since Firefox needs one. */
const USUAL_DURATION_US = 16_667;
/** After this many decoders that returned nothing, the next one is told not to use the graphics card. */
const SOFTWARE_AFTER = 2;

export interface VideoPlaybackEvents {
  /** Nothing can be shown until the streamer sends a key frame. */
  keyFrameNeeded(reason: KeyFrameReason): void;
  /** This frame, and the ones before it, have been shown. */
  shown(frame: number): void;
  /** The browser cannot play this stream in this way. */
  failed(code: ProblemCode): void;
}

/** A frame in the decoder. */
interface Given {
  frame: number;
  timeUs: number;
  at: number;
}

/** Decodes access units and shows the pictures at their times. */
export class VideoPlayback {
  readonly #sink: PictureSink;
  readonly #events: VideoPlaybackEvents;
  readonly #watch = new DecoderWatch(performance.now());
  readonly #cadence = new Cadence<{ picture: VideoFrame; frame: number }>();
  readonly #freezes = new FreezeCounter();
  readonly #counters = {
    framesReceived: 0,
    framesDecoded: 0,
    framesDropped: 0,
    decodeSeconds: 0,
    bufferSeconds: 0,
    framesShown: 0,
    width: 0,
    height: 0,
  };
  #configuration: VideoConfiguration | null = null;
  #decoder: VideoDecoder | null = null;
  #given: Given[] = [];
  #previousUs: number | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(sink: PictureSink, events: VideoPlaybackEvents) {
    this.#sink = sink;
    this.#events = events;
  }

  get counters(): VideoCounters & { decodeQueue: number } {
    return {
      ...this.#counters,
      freezes: this.#freezes.count,
      codec: this.#configuration?.codec ?? null,
      decodeQueue: this.#given.length,
    };
  }

  receive(message: VideoMessage): void {
    this.#counters.framesReceived += 1;
    const { configuration } = message;
    if (configuration !== null && !isSame(configuration, this.#configuration)) {
      this.#closeDecoder();
      this.#configuration = configuration;
    }
    const care = this.#watch.received(message, this.#given.length, performance.now());
    this.#carryOut(care);
    // It may have been the last decoder that there was any use in trying.
    if (this.#isClosed) return;
    if (care.decode) this.#decode(message);
    else this.#counters.framesDropped += 1;
  }

  /** The sound of this presentation time is heard now; null: nothing is. */
  heard(timeUs: number | null): void {
    this.#cadence.heard(timeUs, performance.now());
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#closeDecoder();
    for (const { picture } of this.#cadence.clear()) picture.close();
    this.#sink.close();
  }

  #carryOut({ replace, ask }: Care): void {
    if (replace) this.#closeDecoder();
    if (this.#watch.isHopeless) this.#events.failed('CODEC_UNSUPPORTED');
    else if (ask !== null) this.#events.keyFrameNeeded(ask);
  }

  #decode({ isKey, frame, timeUs, data }: VideoMessage): void {
    if (this.#configuration === null) return;
    const duration = this.#previousUs === null ? USUAL_DURATION_US : timeUs - this.#previousUs;
    const chunk = new EncodedVideoChunk({
      type: isKey ? 'key' : 'delta',
      timestamp: timeUs,
      duration: duration > 0 ? duration : USUAL_DURATION_US,
      data,
    });
    try {
      if (this.#decoder === null) this.#openDecoder(this.#configuration);
      this.#decoder?.decode(chunk);
    } catch (error) {
      // Some faults are found at once.
      this.#onError(error);
      return;
    }
    this.#previousUs = timeUs;
    this.#given.push({ frame, timeUs, at: performance.now() });
  }

  #openDecoder(configuration: VideoConfiguration): void {
    const decoder = new VideoDecoder({
      output: (picture) => {
        if (this.#decoder === decoder) this.#onPicture(picture);
        else picture.close();
      },
      error: (error) => {
        if (this.#decoder === decoder) this.#onError(error);
      },
    });
    // Before it is configured, so that it is closed if that fails.
    this.#decoder = decoder;
    decoder.configure({
      ...decoderConfig(configuration),
      ...(this.#watch.replaced < SOFTWARE_AFTER ? {} : { hardwareAcceleration: 'prefer-software' }),
    });
  }

  /** A configuration that no browser knows is a TypeError. */
  #onError(error: unknown): void {
    const isUnknown =
      error instanceof TypeError || (error instanceof DOMException && error.name === 'NotSupportedError');
    if (isUnknown) this.#events.failed('CODEC_UNSUPPORTED');
    else {
      this.#carryOut(this.#watch.failed(performance.now()));
      void this.#checkCodec();
    }
  }

  /** A browser that knows a codec, but has no decoder for it, reports that like any other error. */
  async #checkCodec(): Promise<void> {
    const configuration = this.#configuration;
    if (configuration === null) return;
    // If it cannot say, four replaced decoders will.
    const support = await VideoDecoder.isConfigSupported(decoderConfig(configuration)).catch(() => null);
    if (support?.supported === false && !this.#isClosed && this.#configuration === configuration)
      this.#events.failed('CODEC_UNSUPPORTED');
  }

  #onPicture(picture: VideoFrame): void {
    const now = performance.now();
    // The decoder returns pictures in order, but may leave some out.
    const at = this.#given.findIndex(({ timeUs }) => timeUs === picture.timestamp);
    const gone = this.#given.splice(0, at + 1);
    const given = gone.pop();
    this.#counters.framesDropped += gone.length;
    if (given === undefined) {
      picture.close();
      return;
    }
    this.#watch.decoded();
    this.#counters.framesDecoded += 1;
    this.#counters.decodeSeconds += (now - given.at) / 1000;
    this.#counters.width = picture.displayWidth;
    this.#counters.height = picture.displayHeight;
    this.#cadence.add({ picture, frame: given.frame }, given.timeUs, now);
    this.#showDue();
  }

  #showDue(): void {
    clearTimeout(this.#timer);
    const now = performance.now();
    const { show, decodedAt, dropped, wakeAt } = this.#cadence.due(now);
    for (const { picture } of dropped) picture.close();
    this.#counters.framesDropped += dropped.length;
    if (show !== null) {
      this.#counters.bufferSeconds += (now - decodedAt) / 1000;
      if (this.#sink.show(show.picture)) {
        this.#counters.framesShown += 1;
        this.#freezes.shown(now);
        this.#events.shown(show.frame);
      } else this.#counters.framesDropped += 1;
    }
    if (wakeAt !== Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#showDue(), Math.max(0, wakeAt - performance.now()));
  }

  #closeDecoder(): void {
    const decoder = this.#decoder;
    this.#decoder = null;
    this.#counters.framesDropped += this.#given.length;
    this.#given = [];
    this.#previousUs = null;
    if (decoder !== null && decoder.state !== 'closed') decoder.close();
  }
}

function isSame(a: VideoConfiguration, b: VideoConfiguration | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function decoderConfig({ codec, width, height, colour }: VideoConfiguration): VideoDecoderConfig {
  const colorSpace = colourSpace(colour);
  return {
    codec,
    codedWidth: width,
    codedHeight: height,
    optimizeForLatency: true,
    ...(colorSpace === null ? {} : { colorSpace }),
  };
}

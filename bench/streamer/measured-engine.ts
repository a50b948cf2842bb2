import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { StreamFormat, TransportEngine, ViewerTransport } from '@moonshare/streamer';
import { now } from '../harness/clock.ts';

export interface HandedFrame {
  frameIndex: number;
  viewers: number;
  /** When its last packet was handed to the network. */
  at: number;
}

/** An engine that notes when frames have been sent. Correct for engines that hand over all packets before they return. */
export class MeasuredEngine implements TransportEngine {
  readonly #engine: TransportEngine;
  readonly #viewers = new Map<string, ViewerTransport>();
  /** Bytes sent to viewers that have left. */
  #goneBytes = 0;
  readonly #frames: HandedFrame[] = [];
  readonly #inputs: number[] = [];
  readonly #firstFrames = new Map<string, number>();

  constructor(engine: TransportEngine) {
    this.#engine = engine;
  }

  /** RTP and RTCP bytes sent so far, without SRTP, UDP and IP. */
  get bytesSent(): number {
    return [...this.#viewers.values()].reduce((bytes, viewer) => bytes + viewer.stats().bytes_sent, this.#goneBytes);
  }

  /** Since the last call. */
  takeFrames(): HandedFrame[] {
    return this.#frames.splice(0);
  }

  /** When each input event was handed to the network as packets for the host, since the last call. */
  takeInputs(): number[] {
    return this.#inputs.splice(0);
  }

  /** By viewer: when its first frame was handed over. */
  get firstFrames(): Record<string, number> {
    return Object.fromEntries(this.#firstFrames);
  }

  addTransport(options: Parameters<TransportEngine['addTransport']>[0]): ViewerTransport {
    const { id, events } = options;
    const viewer = this.#engine.addTransport({
      ...options,
      events: {
        ...events,
        input: (event) => {
          events.input(event);
          // Each of Node's UDP sends happens in a separate tick, and ticks keep their order: this one is just after it.
          process.nextTick(() => this.#inputs.push(now()));
        },
        closed: (error) => {
          this.#goneBytes += this.#viewers.get(id)?.stats().bytes_sent ?? 0;
          this.#viewers.delete(id);
          events.closed(error);
        },
      },
    });
    this.#viewers.set(id, viewer);
    return viewer;
  }

  get largestFrame(): number {
    return this.#engine.largestFrame;
  }

  setFormat(format: StreamFormat): void {
    this.#engine.setFormat(format);
  }

  sendVideo(unit: AccessUnit, viewers: readonly ViewerTransport[]): readonly ViewerTransport[] {
    const dropped = this.#engine.sendVideo(unit, viewers);
    const at = now();
    this.#frames.push({ frameIndex: unit.frameIndex, viewers: viewers.length - dropped.length, at });
    for (const { id } of viewers) if (!this.#firstFrames.has(id)) this.#firstFrames.set(id, at);
    return dropped;
  }

  sendAudio(packet: AudioPacket, viewers: readonly ViewerTransport[]): void {
    this.#engine.sendAudio(packet, viewers);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

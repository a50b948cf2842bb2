import type { AccessUnit, AudioPacket } from '@moonshare/gamestream';
import type { NegotiatedTransport, NegotiatingEngine, StreamFormat, ViewerTransport } from '@moonshare/streamer';
import { now } from '../harness/clock.ts';

export interface HandedFrame {
  frameIndex: number;
  /** Of the same access unit on media sockets, which count what the streamer has received. */
  number: number;
  viewers: number;
  /** When its last packet was handed to the network. */
  at: number;
}

/** An engine that notes when frames have been sent. Correct for engines that hand over all packets before they return. */
export class MeasuredEngine implements NegotiatingEngine {
  readonly #engine: NegotiatingEngine;
  /** By the id of its viewer. */
  readonly #transports = new Map<string, ViewerTransport>();
  /** Bytes sent to viewers that have left. */
  #goneBytes = 0;
  readonly #frames: HandedFrame[] = [];
  #next = 0;
  readonly #inputs: number[] = [];
  readonly #firstFrames = new Map<string, number>();

  constructor(engine: NegotiatingEngine) {
    this.#engine = engine;
  }

  /** RTP and RTCP bytes sent so far, without SRTP, UDP and IP. */
  get bytesSent(): number {
    return [...this.#transports.values()].reduce(
      (bytes, transport) => bytes + transport.stats().bytes_sent,
      this.#goneBytes,
    );
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

  get stackUse(): NegotiatingEngine['stackUse'] {
    return this.#engine.stackUse;
  }

  get tcpError(): unknown {
    return this.#engine.tcpError;
  }

  addTransport(options: Parameters<NegotiatingEngine['addTransport']>[0]): NegotiatedTransport {
    const { id, events } = options;
    const transport = this.#engine.addTransport({
      ...options,
      events: {
        ...events,
        input: (event) => {
          events.input(event);
          // Each of Node's UDP sends happens in a separate tick, and ticks keep their order: this one is just after it.
          process.nextTick(() => this.#inputs.push(now()));
        },
        closed: (error) => {
          this.#goneBytes += this.#transports.get(id)?.stats().bytes_sent ?? 0;
          this.#transports.delete(id);
          events.closed(error);
        },
      },
    });
    this.#transports.set(id, transport);
    return transport;
  }

  get largestFrame(): number {
    return this.#engine.largestFrame;
  }

  setFormat(format: StreamFormat): void {
    this.#engine.setFormat(format);
  }

  sendVideo(unit: AccessUnit, transports: readonly ViewerTransport[]): readonly ViewerTransport[] {
    const dropped = this.#engine.sendVideo(unit, transports);
    const at = now();
    const viewers = transports.length - dropped.length;
    this.#frames.push({ frameIndex: unit.frameIndex, number: this.#next++, viewers, at });
    for (const [id, transport] of this.#transports)
      if (!this.#firstFrames.has(id) && transports.includes(transport)) this.#firstFrames.set(id, at);
    return dropped;
  }

  sendAudio(packet: AudioPacket, transports: readonly ViewerTransport[]): void {
    this.#engine.sendAudio(packet, transports);
  }

  close(): Promise<void> {
    return this.#engine.close();
  }
}

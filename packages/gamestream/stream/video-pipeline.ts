import { type CoreOutput, WakeTimer } from '@moonshare/sans-io';
import type { FrameFecStatus } from '../control/message.ts';
import { DecodeGate, type GatedVideoEvent } from '../video/decode-gate.ts';
import { VideoReceiver, type VideoReceiverOptions } from '../video/receiver.ts';
import type { VideoEvent, VideoReceiverStats } from '../video/types.ts';

/** The video receiver and its gate, with their timer. */
export class VideoPipeline {
  readonly #receiver: VideoReceiver;
  readonly #gate = new DecodeGate();
  readonly #timer: WakeTimer<GatedVideoEvent>;
  #recoveredFrames = 0;
  #lastRecovered: number | null = null;

  constructor(options: VideoReceiverOptions, handle: (event: GatedVideoEvent) => void) {
    this.#receiver = new VideoReceiver(options);
    this.#timer = new WakeTimer((now) => this.#gated(this.#receiver.advance(now)), handle);
  }

  receive(datagram: Buffer, now: number): void {
    this.#timer.take(this.#gated(this.#receiver.receive(datagram, now)));
  }

  /** Frames saved by parity. */
  get recoveredFrames(): number {
    return this.#recoveredFrames;
  }

  stats(): VideoReceiverStats {
    return this.#receiver.stats();
  }

  stop(): void {
    this.#timer.stop();
  }

  #gated({ events, wakeAt }: CoreOutput<VideoEvent>): CoreOutput<GatedVideoEvent> {
    if (events.length === 0) return { events: [], wakeAt };
    for (const event of events) if (event.type === 'fecStatus') this.#countRecovery(event.status);
    return { events: this.#gate.filter(events), wakeAt };
  }

  /** A frame of several blocks counts once. */
  #countRecovery({ frameIndex, dataPackets, receivedData, receivedParity }: FrameFecStatus): void {
    const repaired = receivedData < dataPackets && receivedData + receivedParity >= dataPackets;
    if (!repaired || frameIndex === this.#lastRecovered) return;
    this.#lastRecovered = frameIndex;
    this.#recoveredFrames += 1;
  }
}

import type { FrameFecStatus } from '../control/message.ts';
import type { AccessUnit } from '../types.ts';
import { DecodeGate, type GateOutput } from '../video/gate.ts';
import { VideoReceiver, type VideoReceiverOptions } from '../video/receiver.ts';
import type { LostFrame, VideoOutput, VideoReceiverStats } from '../video/types.ts';
import { Alarm } from './alarm.ts';

export interface VideoEvents {
  frame(unit: AccessUnit): void;
  lost(frame: LostFrame): void;
  fecStatus(status: FrameFecStatus): void;
  keyFrameNeeded(): void;
}

/** The video receiver and its gate, with their clock. */
export class VideoPipeline {
  readonly #receiver: VideoReceiver;
  readonly #gate = new DecodeGate();
  readonly #events: VideoEvents;
  readonly #alarm = new Alarm(() => this.#onAlarm());
  #recoveredFrames = 0;
  #lastRecovered: number | null = null;

  constructor(options: VideoReceiverOptions, events: VideoEvents) {
    this.#receiver = new VideoReceiver(options);
    this.#events = events;
  }

  receive(datagram: Buffer, now: number): void {
    this.#take(this.#receiver.receive(datagram, now), now);
  }

  /** A key frame was asked for, for whatever reason. */
  requested(): void {
    this.#gate.requested(performance.now());
  }

  /** Frames that parity has saved. */
  get recoveredFrames(): number {
    return this.#recoveredFrames;
  }

  stats(): VideoReceiverStats {
    return this.#receiver.stats();
  }

  stop(): void {
    this.#alarm.stop();
  }

  #onAlarm(): void {
    const now = performance.now();
    this.#take(this.#receiver.advance(now), now);
    this.#give(this.#gate.advance(now));
  }

  #take(output: VideoOutput, now: number): void {
    for (const status of output.fecStatus) {
      this.#countRecovery(status);
      this.#events.fecStatus(status);
    }
    for (const frame of output.lost) this.#events.lost(frame);
    this.#alarm.set(output.wakeAt);
    if (output.frames.length > 0 || output.lost.length > 0) this.#give(this.#gate.accept(output, now));
  }

  /** A frame of several blocks counts once. */
  #countRecovery({ frameIndex, dataPackets, receivedData, receivedParity }: FrameFecStatus): void {
    const repaired = receivedData < dataPackets && receivedData + receivedParity >= dataPackets;
    if (!repaired || frameIndex === this.#lastRecovered) return;
    this.#lastRecovered = frameIndex;
    this.#recoveredFrames += 1;
  }

  #give({ frames, requestKeyFrame, wakeAt }: GateOutput): void {
    this.#alarm.set(wakeAt);
    for (const unit of frames) this.#events.frame(unit);
    if (requestKeyFrame) this.#events.keyFrameNeeded();
  }
}

import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type { FromStreamer, InputOutcome, MoonshareError, StreamerStatistics, ToStreamer } from '@moonshare/contract';

export type InputMessage = Omit<Extract<ToStreamer, { type: 'input' }>, 'type' | 'requestId'>;
/** What participants hold. */
export type Held = Extract<FromStreamer, { type: 'held' }>['held'];

export interface WorkerEvents {
  /** All messages except heartbeats and answers. */
  message: [message: FromStreamer];
  /** Once, as the last event, when it is gone. Null: it ended by itself or because it was stopped. */
  exit: [error: MoonshareError | null];
}

/** Holds the host session and the viewers of one streamer: typed messages in both directions, and certain to end. */
export interface StreamerWorker extends EventEmitter<WorkerEvents> {
  /** Undefined: it could not be started, or is not a process. */
  readonly pid: number | undefined;
  /** `socket`: goes with the message, and does not stay open in this process, whatever becomes of it. */
  send(message: ToStreamer, socket?: Socket): void;
  /** Its counters; null if it does not answer within `limitMs`, or has nothing to count yet. */
  stats(limitMs: number): Promise<StreamerStatistics | null>;
  /** Input of a caller that watches nothing; null if it does not answer within `limitMs`. */
  input(request: InputMessage, limitMs: number): Promise<InputOutcome | null>;
  /** What the participants hold at the host; null if it does not answer within `limitMs`. */
  held(limitMs: number): Promise<Held | null>;
  /** Tells it to end, and resolves when it has. */
  stop(): Promise<void>;
}

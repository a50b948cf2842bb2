import type { EventEmitter } from 'node:events';
import type {
  FromStreamer,
  InputOutcome,
  MoonshareError,
  StreamerInputRequest,
  StreamerStatistics,
  ToStreamer,
} from '@moonshare/contract';

export interface WorkerEvents {
  /** All but heartbeats and answers. */
  message: [message: FromStreamer];
  /** Once, when it is gone, and the last event. null: it ended by itself or as told. */
  exit: [error: MoonshareError | null];
}

/** What holds the host session and the viewers of one streamer: typed messages both ways, and the certainty that it ends. */
export interface StreamerWorker extends EventEmitter<WorkerEvents> {
  /** undefined: it could not be started, or is no process. */
  readonly pid: number | undefined;
  send(message: ToStreamer): void;
  /** Its counters; null if it does not answer within `limitMs`, or has nothing to count yet. */
  stats(limitMs: number): Promise<StreamerStatistics | null>;
  /** Input of a caller who watches nothing; null if it does not answer within `limitMs`. */
  input(request: StreamerInputRequest, limitMs: number): Promise<InputOutcome | null>;
  /** Tells it to end, and resolves when it has. */
  stop(): Promise<void>;
}

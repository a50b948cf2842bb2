import type { ViewerFeedback } from '@moonshare/contract';

/** What carries feedback to one viewer. */
export interface FeedbackSink {
  isOpen(): boolean;
  /** Bytes that have not left yet. */
  bufferedAmount(): number;
  send(feedback: ViewerFeedback): void;
}

/** Above this the connection is slow: the latest value per motor waits and replaces earlier ones. */
const MAX_BUFFERED = 4096;

/** Rumble for one viewer. The final "stop" of a motor is delivered however slow the connection is. */
export class FeedbackQueue {
  readonly #waiting = new Map<string, ViewerFeedback>();

  send(feedback: ViewerFeedback, sink: FeedbackSink | null): void {
    const key = `${feedback.kind} ${feedback.id}`;
    this.#waiting.delete(key);
    this.#waiting.set(key, feedback);
    this.flush(sink);
  }

  /** Call it when the sink opens, and when its buffer has emptied. */
  flush(sink: FeedbackSink | null): void {
    if (sink === null || !sink.isOpen()) return;
    for (const [key, feedback] of this.#waiting) {
      if (sink.bufferedAmount() > MAX_BUFFERED) return;
      // First: a sink that has sent it at once may call back before it returns.
      this.#waiting.delete(key);
      sink.send(feedback);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }
}

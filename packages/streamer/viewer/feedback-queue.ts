import { encodeFeedback, type ViewerFeedback } from '@moonshare/contract';

export interface Channel {
  sendMessage(text: string): boolean;
  sendMessageBinary(data: Uint8Array): boolean;
}

/** The parts of a data channel used here. */
export interface FeedbackSink extends Channel {
  isOpen(): boolean;
  bufferedAmount(): number;
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

  /** Call it when the channel opens, and when its buffer has emptied. */
  flush(sink: FeedbackSink | null): void {
    if (sink === null || !sink.isOpen()) return;
    for (const [key, feedback] of this.#waiting) {
      if (sink.bufferedAmount() > MAX_BUFFERED) return;
      send(sink, encodeFeedback(feedback));
      this.#waiting.delete(key);
    }
  }

  get size(): number {
    return this.#waiting.size;
  }
}

/** Sends. The library throws if the connection breaks at this moment; the break is reported elsewhere. */
export function send(channel: Channel, message: string | Uint8Array): void {
  try {
    if (typeof message === 'string') channel.sendMessage(message);
    else channel.sendMessageBinary(message);
  } catch {}
}

import { ApiError, badReply, unreachable } from './api-error.ts';
import type { Reply } from './fetch.ts';
import type { Requests } from './requests.ts';
import { type Message, ServerSentReader } from './server-sent.ts';
import type { ServerEvent } from './types.ts';
import { Ending, wait } from './wait.ts';

/** The server says something every 15 s. */
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 1_000;
const LARGEST_RETRY_MS = 30_000;

/** Some events are missing before the next one: whoever keeps lists has to read them again. */
export interface ResetEvent {
  type: 'reset';
}

export interface EventOptions {
  /** Ends the feed, quietly. */
  signal?: AbortSignal | undefined;
  /** Of an earlier feed, to go on after it. */
  lastEventId?: string | undefined;
  /** The server answers: events arrive from now on. Again after each interruption. */
  onOpen?: (() => void) | undefined;
  /** Events have stopped; the feed tries again by itself. */
  onLost?: ((error: ApiError) => void) | undefined;
}

/**
 * Every change of state from now on, until the loop or the signal ends it. A broken connection is opened again, and resumed where it
 * left off; if events are missing then, there is one of the type `reset`. Throws ApiError if the server refuses.
 */
export class EventFeed implements AsyncIterable<ServerEvent | ResetEvent> {
  readonly #requests: Requests;
  readonly #options: EventOptions;
  #lastEventId: string | undefined;

  constructor(requests: Requests, options: EventOptions) {
    this.#requests = requests;
    this.#options = options;
    this.#lastEventId = options.lastEventId;
  }

  /** Of the newest event so far; undefined: there was none. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ServerEvent | ResetEvent, void> {
    const { signal, onOpen, onLost } = this.#options;
    let failures = 0;
    let wasOpen = false;
    while (!signal?.aborted) {
      // Without an ID there is nothing to resume from.
      const isBlind = wasOpen && this.#lastEventId === undefined;
      let isOpen = false;
      try {
        const messages = this.#messages((reply) => {
          if (!reply.headers.get('content-type')?.startsWith('text/event-stream'))
            throw badReply(this.#requests.base, 'answered with something else than events');
          [failures, isOpen, wasOpen] = [0, true, true];
          onOpen?.();
        });
        for await (const message of messages) {
          if (message === 'opened') {
            if (isBlind) yield { type: 'reset' };
            continue;
          }
          const event = eventOf(message);
          this.#lastEventId = message.id ?? this.#lastEventId;
          if (event !== null) yield event;
        }
        throw unreachable(this.#requests.base, 'it has ended the events');
      } catch (thrown) {
        if (signal?.aborted) return;
        if (!(thrown instanceof ApiError) || isFinal(thrown)) throw thrown;
        onLost?.(thrown);
        failures += isOpen ? 0 : 1;
        const delayMs = thrown.retryAfterMs ?? FIRST_RETRY_MS * 2 ** Math.min(failures, 10);
        await wait(Math.min(delayMs, LARGEST_RETRY_MS), signal).catch(() => {});
      }
    }
  }

  /** `opened` once the server has answered, then what it sends. */
  async *#messages(opened: (reply: Reply) => void): AsyncGenerator<Message | 'opened'> {
    const ending = new Ending(this.#options.signal);
    ending.within(SILENCE_MS);
    const headers = this.#lastEventId === undefined ? {} : { 'last-event-id': this.#lastEventId };
    const reader = new ServerSentReader();
    let isOpen = false;
    try {
      const lines = this.#requests.lines('GET /api/events', {}, { ending, headers, opened });
      for await (const line of lines) {
        // Not while the caller works on an event.
        ending.within(0);
        if (!isOpen) yield 'opened';
        isOpen = true;
        const message = reader.read(line);
        if (message !== null) yield message;
        ending.within(SILENCE_MS);
      }
    } catch (thrown) {
      throw thrown instanceof RangeError ? badReply(this.#requests.base, thrown.message) : thrown;
    } finally {
      ending.release();
    }
  }
}

/** Trying again is of no use. */
function isFinal({ status }: ApiError): boolean {
  return status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
}

/** null: not an event, which a newer server may send. */
function eventOf({ data }: Message): ServerEvent | ResetEvent | null {
  try {
    const event: unknown = JSON.parse(data);
    return typeof event === 'object' && event !== null && 'type' in event ? (event as ServerEvent | ResetEvent) : null;
  } catch {
    return null;
  }
}

import { backoffMs, parseJson, type ServerEvent, serverEventSchema } from '@moonshare/contract';

/** How long to wait before asking again for a stream that the server refused: longer each time. */
const FIRST_RETRY_MS = 1_000;
const LARGEST_RETRY_MS = 30_000;

const TYPES = serverEventSchema.options.map((option) => option.shape.type.value);

interface FeedEvents {
  event(event: ServerEvent): void;
  /** Events arrive from now on; anything before, or in between, is in the lists. */
  opened(): void;
  /** Events have stopped. The feed tries again by itself. */
  lost(): void;
}

/** Follows `GET /api/events` until closed. */
export class EventFeed {
  readonly #address: URL;
  readonly #events: FeedEvents;
  #source: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refusals = 0;

  constructor(address: URL, events: FeedEvents) {
    this.#address = address;
    this.#events = events;
    addEventListener('offline', this.#onOffline);
    addEventListener('online', this.#onOnline);
    this.#open();
  }

  close(): void {
    removeEventListener('offline', this.#onOffline);
    removeEventListener('online', this.#onOnline);
    this.#drop();
  }

  /** Without a network, a connection stays silent for minutes before it breaks. */
  #onOffline = (): void => this.#events.lost();

  #onOnline = (): void => {
    this.#drop();
    this.#open();
  };

  #drop(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #open(): void {
    const source = new EventSource(this.#address);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#refusals = 0;
      this.#events.opened();
    });
    source.addEventListener('reset', () => this.#events.opened());
    for (const type of TYPES) source.addEventListener(type, (message) => this.#receive(message));
    source.addEventListener('error', () => {
      if (this.#source !== source) return;
      this.#events.lost();
      // The browser reopens a broken connection by itself; an answer that is not a stream ends it.
      if (source.readyState === EventSource.CLOSED) this.#retry();
    });
  }

  #receive({ data }: MessageEvent<string>): void {
    const event = serverEventSchema.safeParse(parseJson(data)).data;
    // Unknown events come from a newer server: the lists still have everything.
    if (event !== undefined) this.#events.event(event);
  }

  #retry(): void {
    this.#refusals += 1;
    this.#timer = setTimeout(() => this.#open(), backoffMs(this.#refusals, FIRST_RETRY_MS, LARGEST_RETRY_MS));
  }
}

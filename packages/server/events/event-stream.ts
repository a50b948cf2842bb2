import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Seats } from '../limits/seats.ts';
import type { EventLog, EventLogEntry } from './event-log.ts';

/** Proxies close connections that are silent for a minute; heartbeats also reveal dead clients. */
const HEARTBEAT_MS = 15_000;
/** A client that reads more slowly than this is dropped, and may come back for what it missed. */
const MAX_QUEUED_BYTES = 256 * 1024;
const RETRY_MS = 2_000;
const MAX_FOLLOWERS = 100;

export interface EventStreamLimits {
  heartbeatMs?: number;
  maxQueuedBytes?: number;
}

/** Sends the event log as server-sent events to a bounded number of clients. */
export class EventStream {
  readonly #eventLog: EventLog;
  readonly #limits: Required<EventStreamLimits>;
  /** IDs from another run of the server mean nothing here. */
  readonly #run = randomBytes(4).toString('hex');
  readonly #clients = new Set<ServerResponse>();
  /** Each client must take one before it is served. */
  readonly seats = new Seats(MAX_FOLLOWERS, { code: 'RATE_LIMITED', limit: 'events', of: 'clients follow the events' });

  constructor(eventLog: EventLog, limits: EventStreamLimits = {}) {
    this.#eventLog = eventLog;
    this.#limits = {
      heartbeatMs: HEARTBEAT_MS,
      maxQueuedBytes: MAX_QUEUED_BYTES,
      ...limits,
    };
  }

  get clients(): number {
    return this.#clients.size;
  }

  /**
   * Writes to a response whose head has been sent, until one side ends it. `lastEventId`: the last event that the client saw. `isFor`:
   * whether the client may be told.
   */
  serve(
    response: ServerResponse,
    options: { lastEventId: string | undefined; isFor: (entry: EventLogEntry) => boolean },
  ): void {
    const write = (text: string) => {
      response.write(text);
      if (response.writableLength > this.#limits.maxQueuedBytes) response.destroy();
    };
    write(`retry: ${RETRY_MS}\n\n`);
    this.#catchUp(options, write);
    const stop = this.#eventLog.follow((entry) => {
      if (options.isFor(entry)) write(this.#format(entry));
    });
    const heartbeat = setInterval(() => write(': heartbeat\n\n'), this.#limits.heartbeatMs);
    this.#clients.add(response);
    response.once('close', () => {
      this.#clients.delete(response);
      clearInterval(heartbeat);
      stop();
    });
  }

  #catchUp(
    { lastEventId, isFor }: { lastEventId: string | undefined; isFor: (entry: EventLogEntry) => boolean },
    write: (text: string) => void,
  ): void {
    if (lastEventId === undefined || lastEventId === '') return;
    const [run, number] = lastEventId.split('-');
    const missed = run === this.#run && /^\d{1,15}$/.test(number ?? '') ? this.#eventLog.since(Number(number)) : null;
    const text =
      missed
        ?.filter(isFor)
        .map((entry) => this.#format(entry))
        .join('') ?? null;
    // The missed events are no longer known, or are more than may be queued: the client must read the lists again.
    if (text !== null && Buffer.byteLength(text) < this.#limits.maxQueuedBytes / 2) write(text);
    else write(`id: ${this.#id(this.#eventLog.lastId)}\nevent: reset\ndata: {"type":"reset"}\n\n`);
  }

  #format({ id, event }: EventLogEntry): string {
    return `id: ${this.#id(id)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
  }

  #id(number: number): string {
    return `${this.#run}-${number}`;
  }
}

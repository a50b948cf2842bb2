import type { MoonshareApi } from '@moonshare/api';
import { ApiError } from '@moonshare/api';
import type { Problem } from '@moonshare/client';
import type { ServerEvent, StreamerInfo } from '@moonshare/contract';
import { signal } from '@preact/signals';
import { coalesce } from './coalesce.ts';
import { followEvents } from './follow-events.ts';
import { pollWhileVisible } from './poll-while-visible.ts';
import { problemOf } from './problem.ts';
import { type Measurement, measured } from './rates.ts';
import { applyEvent, isIncomplete, type StreamerList, streamerListOf, withStreamer } from './streamer-list.ts';

const STATISTICS_EVERY_MS = 2_000;
const LIST_PAUSE_MS = 250;

/** What the page knows about the server's streamers, as signals: read once, kept up to date by events. */
export class AdminModel {
  /** null: not read yet. */
  readonly streamers = signal<StreamerList | null>(null);
  /** Changes arrive as they happen. */
  readonly live = signal(false);
  /** Why the lists cannot be read at the moment. */
  readonly problem = signal<Problem | null>(null);
  /** Streamers whose statistics are open. */
  readonly opened = signal<ReadonlySet<string>>(new Set());
  readonly measurements = signal<ReadonlyMap<string, Measurement>>(new Map());
  readonly hosts = signal<ReadonlyMap<number, string>>(new Map());
  readonly #options: { api: MoonshareApi; endedBy: (error: unknown) => boolean; mayReadHosts: boolean };
  /** For each request under way, the events that came meanwhile. */
  readonly #underWay = new Set<ServerEvent[]>();
  readonly #readList = coalesce(() => this.#read(), LIST_PAUSE_MS);
  #running = false;

  /** `endedBy`: called with each failure, returns whether the login is over. */
  constructor(options: { api: MoonshareApi; endedBy: (error: unknown) => boolean; mayReadHosts: boolean }) {
    this.#options = options;
  }

  /** Follows the server until the returned function is called. */
  start(): () => void {
    this.#running = true;
    const stopEvents = followEvents(this.#options.api, {
      event: (event) => this.#onEvent(event),
      opened: () => {
        this.live.value = true;
        this.#readList();
      },
      lost: () => {
        this.live.value = false;
        // The answer says why, and whether the login is over.
        this.#readList();
      },
    });
    const stopPolling = pollWhileVisible(document, { everyMs: STATISTICS_EVERY_MS, task: () => this.#measureOpened() });
    this.#readList();
    return () => {
      this.#running = false;
      stopEvents();
      stopPolling();
    };
  }

  hostName(id: number): string {
    return this.hosts.value.get(id) ?? hostNumber(id);
  }

  /** Call it after changing something from here, in case the event does not arrive. */
  refresh(): void {
    this.#readList();
  }

  toggle(id: string): void {
    const opened = new Set(this.opened.value);
    if (!opened.delete(id)) {
      opened.add(id);
      void this.#measure(id);
    } else this.#forget(id);
    this.opened.value = opened;
  }

  #onEvent(event: ServerEvent): void {
    for (const events of this.#underWay) events.push(event);
    if (this.streamers.value !== null) this.#show(applyEvent(this.streamers.value, event), [event]);
  }

  async #read(): Promise<void> {
    await this.#attempt(async () => {
      const { answer, since } = await this.#ask(() => this.#options.api.listStreamers());
      const { streamers } = answer;
      this.#show(streamerListOf(streamers, since), since);
      const strange = streamers.some(({ host_id }) => !this.hosts.value.has(host_id));
      // Hosts that are off delay this answer; the list does not wait for it.
      if (this.#options.mayReadHosts && strange) void this.#attempt(() => this.#nameHosts(streamers));
    });
  }

  /** Once per host: names do not change. */
  async #nameHosts(streamers: StreamerInfo[]): Promise<void> {
    const names = new Map(streamers.map(({ host_id }) => [host_id, hostNumber(host_id)]));
    for (const { host_id, name } of (await this.#options.api.listHosts()).hosts) names.set(host_id, name);
    this.hosts.value = names;
  }

  async #measureOpened(): Promise<void> {
    await Promise.all([...this.opened.value].map((id) => this.#measure(id)));
  }

  async #measure(id: string): Promise<void> {
    await this.#attempt(async () => {
      const { answer, since } = await this.#ask(() => this.#options.api.streamer(id));
      const { statistics, ...streamer } = answer;
      if (this.streamers.value !== null) this.#show(withStreamer(this.streamers.value, streamer, since), since);
      if (statistics === null || !this.opened.value.has(id)) return this.#forget(id);
      const measurements = new Map(this.measurements.value);
      this.measurements.value = measurements.set(id, measured(measurements.get(id), statistics));
    });
  }

  #forget(id: string): void {
    const measurements = new Map(this.measurements.value);
    if (measurements.delete(id)) this.measurements.value = measurements;
  }

  /** Shows a list that `events` have been applied to. What is kept for a streamer ends with it. */
  #show(streamers: StreamerList, events: readonly ServerEvent[]): void {
    if (isIncomplete(streamers, events)) this.#readList();
    this.streamers.value = streamers;
    for (const id of this.opened.value) if (!streamers.has(id)) this.toggle(id);
  }

  async #ask<T>(request: () => Promise<T>): Promise<{ answer: T; since: ServerEvent[] }> {
    const since: ServerEvent[] = [];
    this.#underWay.add(since);
    try {
      return { answer: await request(), since };
    } finally {
      this.#underWay.delete(since);
    }
  }

  /** Never rejects: a failure is shown, and the next reading will follow. */
  async #attempt(reading: () => Promise<void>): Promise<void> {
    try {
      await reading();
      this.problem.value = null;
    } catch (error) {
      if (!this.#running || this.#options.endedBy(error)) return;
      // It ended between the list and this; the event says so too.
      if (error instanceof ApiError && error.code === 'STREAMER_NOT_FOUND') return this.#readList();
      this.problem.value = problemOf(error);
    }
  }
}

function hostNumber(id: number): string {
  return `host ${id}`;
}

import { type StreamerStatistics, streamerStatusSchema, webRtcStackSchema } from '@moonshare/contract';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { AuditTrail } from '../audit/audit-trail.ts';
import type { EventLog } from '../events/event-log.ts';
import { SECURITY_EVENTS, type SecurityEventName } from '../security/events.ts';
import type { StreamerRegistry } from '../streamers/registry.ts';
import { OTHER } from './label-budget.ts';
import { StreamerSeries } from './streamer-series.ts';

/** Streamers with separate series. */
const MAX_LABELS = 50;

/** Of this process: CPU, memory, event loop, garbage collection. */
const processRegistry = new Registry();
collectDefaultMetrics({ register: processRegistry });

/** What `GET /metrics` returns, requested from the streamers at each scrape. */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #registry = new Registry();
  readonly #streamers: StreamerRegistry;
  readonly #series: StreamerSeries;
  readonly #states: Gauge<'status'>;
  readonly #stacks: Gauge<'stack'>;
  readonly #viewers: Gauge;
  readonly #security: Counter<'event'>;
  readonly #audit: AuditTrail | null;
  readonly #auditWritable: Gauge;
  readonly #auditLost: Gauge;
  #scrape: Promise<string> | null = null;

  constructor(streamers: StreamerRegistry, eventLog: EventLog, audit: AuditTrail | null) {
    this.#streamers = streamers;
    this.#audit = audit;
    const registers = [this.#registry];
    this.#states = new Gauge({
      name: 'moonshare_streamers',
      help: 'Streamers by status',
      labelNames: ['status'],
      registers,
    });
    this.#stacks = new Gauge({
      name: 'moonshare_streamers_by_webrtc_stack',
      help: 'Streamer processes by what carries WebRTC in them',
      labelNames: ['stack'],
      registers,
    });
    this.#viewers = new Gauge({ name: 'moonshare_viewers', help: 'Viewers of all streamers', registers });
    this.#security = new Counter({
      name: 'moonshare_security_events_total',
      help: 'Logins, failures, links, tokens, users, kicks and limits, by the name of their log line',
      labelNames: ['event'],
      registers,
    });
    // From the start, so that the first one shows as an increase.
    for (const event of Object.keys(SECURITY_EVENTS)) this.#security.inc({ event }, 0);
    this.#auditWritable = new Gauge({
      name: 'moonshare_audit_writable',
      help: 'Whether the audit trail can be written: 1, or 0; also 1 where there is none',
      registers,
    });
    this.#auditLost = new Gauge({
      name: 'moonshare_audit_records_lost',
      help: 'Records that are not in the audit trail, since it could not be written for too long',
      registers,
    });
    const firstFrame = new Histogram({
      name: 'moonshare_viewer_first_frame_seconds',
      help: 'From the join of a viewer to the first frame sent',
      buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10],
      registers,
    });
    this.#series = new StreamerSeries(this.#registry, MAX_LABELS);
    eventLog.follow(({ event }) => {
      if (event.type === 'viewer.first_frame') firstFrame.observe(event.ms / 1000);
    });
  }

  countSecurityEvent(event: SecurityEventName): void {
    this.#security.inc({ event });
  }

  /** Callers that ask at the same time get the same answer. `names`: the streamers that may be named; absent: all. */
  async text(names?: (streamerId: string) => boolean): Promise<string> {
    this.#scrape ??= this.#collect().finally(() => {
      this.#scrape = null;
    });
    const text = await this.#scrape;
    return names === undefined
      ? text
      : text
          .split('\n')
          .filter((line) => mayShow(line, names))
          .join('\n');
  }

  async #collect(): Promise<string> {
    this.#auditWritable.set(this.#audit?.isWritable === false ? 0 : 1);
    this.#auditLost.set(this.#audit?.lost ?? 0);
    const streamers = this.#streamers.all();
    const answers = await Promise.all(
      streamers.map(async (streamer) => [streamer.id, await streamer.stats()] as const),
    );
    const all = new Map(
      answers.filter((answer): answer is readonly [string, StreamerStatistics] => answer[1] !== null),
    );
    this.#series.update(all, new Set(streamers.map(({ id }) => id)));
    for (const stack of webRtcStackSchema.options) {
      this.#stacks.set({ stack }, [...all.values()].filter((stats) => stats.webrtc_stack === stack).length);
    }
    const infos = streamers.map((streamer) => streamer.info());
    for (const status of streamerStatusSchema.options) {
      this.#states.set({ status }, infos.filter((info) => info.status === status).length);
    }
    this.#viewers.set(infos.reduce((sum, { connected_peers }) => sum + connected_peers, 0));
    return Registry.merge([processRegistry, this.#registry]).metrics();
  }
}

/** Leaves out the samples of streamers that may not be named, and those of streamers without separate labels. */
function mayShow(line: string, names: (streamerId: string) => boolean): boolean {
  const [, streamer] = /^moonshare_streamer_\w+\{streamer="([^"]*)"/.exec(line) ?? [];
  return streamer === undefined || (streamer !== OTHER && names(streamer));
}

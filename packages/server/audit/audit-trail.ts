import { join } from 'node:path';
import type { ParticipantReference } from '@moonshare/contract';
import { WakeTimer } from '@moonshare/sans-io';
import type { Logger } from 'pino';
import type { Actor } from '../auth/actor.ts';
import type { EventLogEntry } from '../events/event-log.ts';
import { SECURITY_EVENTS, type SecurityEvent } from '../security/events.ts';
import { Happenings } from './happenings.ts';
import type { AuditedRequest, AuditRecord } from './records.ts';
import type { Retention } from './retention.ts';
import { type Cause, type SummedRecord, Sums } from './sums.ts';
import { AUDIT_FOLDER } from './trail-files.ts';
import { TrailWriter } from './trail-writer.ts';

/** How long the last records may take as the server stops. */
const CLOSE_MS = 2_000;

export interface AuditTrailOptions extends Retention {
  dataDirectory: string;
  /** The trail cannot be written any more, or can again. */
  changed: (isWritable: boolean) => void;
  log: Logger;
}

/** Who did what and when: docs/guides/audit.md. What people type, and secrets, never reach it. */
export class AuditTrail {
  readonly #writer: TrailWriter;
  readonly #sums = new Sums();
  readonly #timer = new WakeTimer<SummedRecord>(
    (now) => ({ events: this.#sums.advance(now), wakeAt: this.#sums.wakeAt }),
    (record) => this.#write(record),
  );
  readonly #happenings = new Happenings();
  #lost = 0;

  constructor({ dataDirectory, changed, log, ...retention }: AuditTrailOptions) {
    this.#writer = new TrailWriter({
      ...retention,
      folder: join(dataDirectory, AUDIT_FOLDER),
      changed: (err) => {
        if (err !== null) log.error({ err }, 'the audit trail cannot be written');
        else log.info('the audit trail can be written again');
        changed(err === null);
      },
      lost: (records) => {
        this.#lost += records;
      },
      // Where logs are kept elsewhere, this is what a forged trail could not contain.
      begun: (head) => log.info(head, 'a file of the audit trail begins after this record'),
    });
  }

  get isWritable(): boolean {
    return this.#writer.isWritable;
  }

  /** Records that never got into it, since its disk was full for too long. */
  get lost(): number {
    return this.#lost;
  }

  /** The server is up. `settings`: those that are not at their defaults, without secrets. */
  started(version: string, settings: Readonly<Record<string, unknown>>): void {
    this.#write({ event: 'server.started', by: null, version, settings });
  }

  /** A call of the API. */
  request({ method, route, params, details, status, code, by, address, isFrequent }: AuditedRequest): void {
    const { id, ...others } = params;
    const isOfStreamer = route.startsWith('/api/streamers/:id');
    const about = isOfStreamer ? { ...(id !== undefined && { streamer: id }), ...others } : params;
    const base = { event: 'request', by, address, call: `${method} ${route}` };
    const cause: Cause = { of: 'caller', key: JSON.stringify(by) };
    const outcome = { status, ...(code !== null && { code }) };
    if (!isFrequent && this.#sums.mayWrite(cause, performance.now()))
      this.#write({ ...base, ...about, ...details, ...outcome });
    else this.#sum({ ...base, ...(isOfStreamer && id !== undefined && { streamer: id }), ...outcome });
  }

  /** What the security log says, with the caller if it is a known one. */
  security(address: string | null, { event, ...about }: SecurityEvent, caller: Actor | null): void {
    const from = address === null ? {} : { address };
    const by = caller ?? actorIn({ event, ...about } as SecurityEvent);
    const { by: _name, ...rest } = about as Record<string, AuditRecord[string]>;
    const record: AuditRecord = { ...rest, event, by, ...from };
    const isStrange = caller === null && SECURITY_EVENTS[event].byAnybody === true;
    const cause: Cause = isStrange || by === null ? { of: 'strangers' } : { of: 'caller', key: JSON.stringify(by) };
    // What follows from something else has been limited with that.
    if (address === null || this.#sums.mayWrite(cause, performance.now())) this.#write(record);
    else this.#sum({ event, by });
  }

  /** An event of the server. */
  happened({ event, by, address }: EventLogEntry): void {
    const happening = this.#happenings.of(event);
    if (happening === null) return;
    const record: AuditRecord = { ...happening, event: happening.event, by, ...(address !== null && { address }) };
    const key = by === null ? `streamer ${happening.streamer ?? ''}` : JSON.stringify(by);
    if (this.#sums.mayWrite({ of: 'caller', key }, performance.now())) this.#write(record);
    else this.#sum({ event: record.event, by, ...(record.streamer !== undefined && { streamer: record.streamer }) });
  }

  /** What a participant has sent to the host since the last report, by kind. */
  input(streamer: string, participant: ParticipantReference, counts: Readonly<Record<string, number>>): void {
    this.#sum({ event: 'input', by: null, streamer, participant }, counts);
  }

  /** What an agent has done in a request for actions, by kind. */
  actions(
    streamer: string,
    { id: participant_id, name, by }: { id: string; name: string; by: Actor },
    counts: Readonly<Record<string, number>>,
  ): void {
    this.#sum({ event: 'actions', by, streamer, participant: { participant_id, name, kind: 'agent' } }, counts);
  }

  /** The server stops. */
  async close(): Promise<void> {
    this.#timer.stop();
    for (const record of this.#sums.flush()) this.#write(record);
    this.#write({ event: 'server.stopped', by: null });
    await this.#writer.close(CLOSE_MS);
  }

  #sum(record: AuditRecord, counts?: Readonly<Record<string, number>>): void {
    const now = performance.now();
    this.#timer.take({ events: this.#sums.advance(now), wakeAt: this.#sums.wakeAt });
    this.#sums.add(record, new Date(), now, counts);
    this.#timer.take({ events: [], wakeAt: this.#sums.wakeAt });
  }

  #write({ event, by, ...about }: AuditRecord): void {
    this.#writer.add({ at: new Date().toISOString(), event, by, ...about } as { at: string; event: string });
  }
}

/** Whom the event itself is about, where nobody else called. */
function actorIn(event: SecurityEvent): Actor | null {
  switch (event.event) {
    case 'login':
      return event.user === null ? { kind: 'credentials' } : { kind: 'user', user: event.user };
    case 'logout':
      return { kind: 'user', user: event.user };
    case 'link.used':
    case 'pin.failed':
      return { kind: 'link', link: event.link };
    default:
      return null;
  }
}

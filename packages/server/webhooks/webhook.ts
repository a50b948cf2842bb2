import { randomBytes } from 'node:crypto';
import type { WebhookDelivery, WebhookInfo } from '@moonshare/contract';
import type { DeliveryRecord, WebhookRecord } from '../store/webhook-store.ts';
import { type PostResult, post } from './post.ts';
import { signedHeaders } from './signature.ts';

/** Events of one webhook that wait for their delivery, and those that are over and still listed. */
const MAX_WAITING = 1_000;
const MAX_LISTED = 100;
/** A webhook that has failed for so long is disabled. */
const GIVE_UP_MS = 3 * 24 * 3_600_000;
/** The receiver does not want it any more. */
const GONE = 410;
/** A longer time is asked for again. */
const LONGEST_TIMER_MS = 3_600_000;

export interface WebhookOptions {
  allowsPrivate: boolean;
  /** How long to wait after so many failed attempts, ms; null: that was the last. */
  retryDelay: (attempts: number) => number | null;
  store(delivery: DeliveryRecord): void;
  drop(id: string): void;
  changed(record: WebhookRecord): void;
  disabled(): void;
}

/** One receiver, and the events on their way to it: one at a time, each again and again until it is taken. */
export class Webhook {
  #record: WebhookRecord;
  readonly #options: WebhookOptions;
  /** Oldest first. */
  readonly #waiting: DeliveryRecord[];
  readonly #over: DeliveryRecord[];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #isPosting = false;
  #isClosed = false;

  /** `deliveries`: of an earlier run. */
  constructor(record: WebhookRecord, deliveries: readonly DeliveryRecord[], options: WebhookOptions) {
    this.#record = record;
    this.#options = options;
    this.#waiting = deliveries.filter(({ state }) => state === 'waiting');
    this.#over = deliveries.filter(({ state }) => state !== 'waiting');
    this.#next();
  }

  wants(event: string): boolean {
    return this.#record.disabledAt === null && this.#record.events.includes(event);
  }

  /** Sends it as soon as possible. If too many are waiting, it is dropped, and counted. */
  send(event: string, at: Date, data: unknown): void {
    if (this.#waiting.length >= MAX_WAITING) {
      this.#dropped += 1;
      return;
    }
    const delivery: DeliveryRecord = {
      id: `msg_${randomBytes(12).toString('hex')}`,
      webhookId: this.#record.id,
      event,
      body: JSON.stringify({ type: event, timestamp: at.toISOString(), data }),
      createdAt: at.getTime(),
      state: 'waiting',
      attempts: 0,
      status: null,
      error: null,
      nextAttemptAt: at.getTime(),
    };
    this.#waiting.push(delivery);
    this.#options.store(delivery);
    this.#next();
  }

  info(): WebhookInfo {
    const { id, url, events, failingSince, disabledAt, createdAt } = this.#record;
    return {
      id,
      url,
      events,
      state: disabledAt === null ? 'active' : 'disabled',
      failing_since: failingSince === null ? null : new Date(failingSince).toISOString(),
      waiting: this.#waiting.length,
      dropped: this.#dropped,
      created_at: new Date(createdAt).toISOString(),
    };
  }

  /** Newest first. */
  deliveries(): WebhookDelivery[] {
    const listed = [...this.#over, ...this.#waiting].toSorted((a, b) => b.createdAt - a.createdAt).slice(0, MAX_LISTED);
    return listed.map(({ id, event, createdAt, state, attempts, status, error, nextAttemptAt }) => ({
      id,
      event,
      at: new Date(createdAt).toISOString(),
      state,
      attempts,
      status,
      error,
      next_attempt_at: nextAttemptAt === null ? null : new Date(nextAttemptAt).toISOString(),
    }));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Delivers what is due, or waits until something is. */
  #next(): void {
    clearTimeout(this.#timer);
    if (this.#isPosting || this.#isClosed || this.#record.disabledAt !== null) return;
    const now = Date.now();
    const due = this.#waiting.toSorted((a, b) => (a.nextAttemptAt ?? 0) - (b.nextAttemptAt ?? 0))[0];
    if (due === undefined) return;
    const waitMs = (due.nextAttemptAt ?? now) - now;
    if (waitMs <= 0) void this.#deliver(due);
    else this.#timer = setTimeout(() => this.#next(), Math.min(waitMs, LONGEST_TIMER_MS)).unref();
  }

  async #deliver(delivery: DeliveryRecord): Promise<void> {
    this.#isPosting = true;
    const { id, body } = delivery;
    const { url, secret } = this.#record;
    const signed = signedHeaders(secret, id, Math.floor(Date.now() / 1000), body);
    const headers = { 'content-type': 'application/json', 'user-agent': 'moonshare-webhooks', ...signed };
    const result = await post({ url: new URL(url), headers, body, allowsPrivate: this.#options.allowsPrivate });
    this.#isPosting = false;
    if (this.#isClosed) return;
    this.#settle(delivery, result, Date.now());
    this.#next();
  }

  #settle(delivery: DeliveryRecord, { status, error }: PostResult, now: number): void {
    Object.assign(delivery, { status, error, attempts: delivery.attempts + 1 });
    const delay = error === null ? null : this.#options.retryDelay(delivery.attempts);
    if (delay === null) this.#finish(delivery, error === null ? 'delivered' : 'failed');
    else {
      delivery.nextAttemptAt = now + delay;
      this.#options.store(delivery);
    }
    const { failingSince } = this.#record;
    const since = error === null ? null : (failingSince ?? now);
    const isOver = since !== null && (status === GONE || now - since >= GIVE_UP_MS);
    if (since === failingSince && !isOver) return;
    this.#record = { ...this.#record, failingSince: since, disabledAt: isOver ? now : null };
    this.#options.changed(this.#record);
    if (!isOver) return;
    for (const waiting of [...this.#waiting]) this.#finish(waiting, 'failed');
    this.#options.disabled();
  }

  #finish(delivery: DeliveryRecord, state: 'delivered' | 'failed'): void {
    this.#waiting.splice(this.#waiting.indexOf(delivery), 1);
    Object.assign(delivery, { state, nextAttemptAt: null, body: '' });
    this.#over.push(delivery);
    this.#options.store(delivery);
    for (const { id } of this.#over.splice(0, Math.max(0, this.#over.length - MAX_LISTED))) this.#options.drop(id);
  }
}

import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import type { DatabaseSync } from 'node:sqlite';
import { type CreatedWebhook, MoonshareError, type WebhookDelivery, type WebhookInfo } from '@moonshare/contract';
import type { Logger } from 'pino';
import type { EventLog, EventLogEntry } from '../events/event-log.ts';
import { isUnwritable } from '../store/pending-writes.ts';
import { WebhookDeliveryStore, type WebhookRecord, WebhookStore } from '../store/webhook-store.ts';
import { hostnameOf } from './post.ts';
import { isPublicAddress } from './public-address.ts';
import { retryDelay } from './retries.ts';
import { Webhook } from './webhook.ts';

const MAX_WEBHOOKS = 20;

export interface WebhooksOptions {
  database: DatabaseSync;
  eventLog: EventLog;
  allowsHttp: boolean;
  allowsPrivate: boolean;
  /** For tests. */
  retryMs?: number | undefined;
  log: Logger;
}

/** Who is told of events, wherever they are. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #store: WebhookStore;
  readonly #deliveries: WebhookDeliveryStore;
  readonly #webhooks = new Map<number, Webhook>();
  readonly #unfollow: () => void;

  /** Goes on with what an earlier run has not delivered. */
  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.#store = new WebhookStore(options.database);
    this.#deliveries = new WebhookDeliveryStore(options.database);
    for (const record of this.#store.list()) this.#begin(record);
    this.#unfollow = options.eventLog.follow((entry) => this.#happened(entry));
  }

  /** Throws WEBHOOK_LIMIT, WEBHOOK_URL_REFUSED, STORE_UNWRITABLE. */
  create({ url, events, secret }: { url: string; events: string[]; secret?: string | undefined }): CreatedWebhook {
    if (this.#webhooks.size >= MAX_WEBHOOKS) throw new MoonshareError('WEBHOOK_LIMIT');
    const checked = this.#checked(url);
    const record: Omit<WebhookRecord, 'id'> = {
      url: checked.href,
      events: [...new Set(events)],
      secret: secret ?? `whsec_${randomBytes(32).toString('base64')}`,
      createdAt: Date.now(),
      failingSince: null,
      disabledAt: null,
    };
    const webhook = this.#begin({ ...record, id: this.#store.add(record) });
    return { ...webhook.info(), secret: record.secret };
  }

  list(): WebhookInfo[] {
    return [...this.#webhooks.values()].map((webhook) => webhook.info());
  }

  /** Throws WEBHOOK_NOT_FOUND. */
  deliveries(id: number): WebhookDelivery[] {
    return this.#get(id).deliveries();
  }

  /** What is waiting is not delivered any more. Throws WEBHOOK_NOT_FOUND, STORE_UNWRITABLE. */
  remove(id: number): void {
    const webhook = this.#get(id);
    this.#store.remove(id);
    webhook.close();
    this.#webhooks.delete(id);
  }

  close(): void {
    this.#unfollow();
    for (const webhook of this.#webhooks.values()) webhook.close();
  }

  #get(id: number): Webhook {
    const webhook = this.#webhooks.get(id);
    if (webhook === undefined) throw new MoonshareError('WEBHOOK_NOT_FOUND');
    return webhook;
  }

  #begin(record: WebhookRecord): Webhook {
    const { allowsPrivate, retryMs, eventLog, log } = this.#options;
    const { id } = record;
    const webhook = new Webhook(record, this.#deliveries.of(id), {
      allowsPrivate,
      retryDelay: (attempts) => retryMs ?? retryDelay(attempts, Math.random()),
      store: (delivery) => this.#write(() => this.#deliveries.put(delivery)),
      drop: (delivery) => this.#write(() => this.#deliveries.drop(delivery)),
      changed: (changed) => this.#write(() => this.#store.setState(changed)),
      disabled: () => {
        log.warn({ webhook: id }, 'a webhook is disabled: it has failed for too long, or its receiver is gone');
        eventLog.add({ type: 'webhook.disabled', webhook_id: id });
      },
    });
    this.#webhooks.set(id, webhook);
    return webhook;
  }

  #happened({ event }: EventLogEntry): void {
    const { type, at, ...data } = event;
    for (const webhook of this.#webhooks.values()) if (webhook.wants(type)) webhook.send(type, new Date(at), data);
  }

  /** A database that cannot be written stops no delivery; it only is not known any more after a restart. */
  #write(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isUnwritable(error)) throw error;
      this.#options.log.debug({ err: error }, 'a delivery of a webhook is not stored');
    }
  }

  /** A name is checked when it is looked up, for each delivery. Throws WEBHOOK_URL_REFUSED. */
  #checked(text: string): URL {
    const url = new URL(text);
    const { allowsHttp, allowsPrivate } = this.#options;
    if (url.username !== '' || url.password !== '') throw refused('it contains a user name or a password');
    if (url.protocol === 'http:' && !allowsHttp) throw refused('it is not https');
    const name = hostnameOf(url);
    const isPrivate = isIP(name) === 0 ? /(^|\.)localhost\.?$/.test(name) : !isPublicAddress(name);
    if (isPrivate && !allowsPrivate) throw refused('it is not on the public Internet');
    return url;
  }
}

function refused(why: string): MoonshareError {
  return new MoonshareError('WEBHOOK_URL_REFUSED', { message: `Webhooks cannot be sent there: ${why}` });
}

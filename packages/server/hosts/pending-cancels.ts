import timers from 'node:timers/promises';
import { MoonshareError } from '@moonshare/contract';
import type { ClientIdentity } from '@moonshare/gamestream';
import type { Logger } from 'pino';
import { type CancelAnswer, CancelPolicy } from './cancel-policy.ts';
import type { CertificateCheck } from './certificate-check.ts';
import type { CertificatePool, Lease } from './certificate-pool.ts';
import type { GameStreamApi } from './gamestream-api.ts';
import type { HostKind } from './host-kind.ts';
import type { LaunchQueue } from './launch-queue.ts';

/** A host that is preparing an app answers nobody: a waiting request is answered as soon as it listens again. */
const ATTEMPT_LIMIT_MS = 30_000;

/** One app to be ended. */
export interface AppToEnd {
  lease: Lease;
  appId: number;
  /** The host never confirmed or denied having started it. */
  unanswered: boolean;
  /** Nobody may launch until then, because that launch would meet this app. */
  holds: boolean;
  /** Another streamer of ours is using that app by now, and has to end it. */
  isInUse(): boolean;
}

/** `ended`: it has ended, was not running, or is out of our reach. `inUse`: see `isInUse`. `givenUp`: the server stopped first. */
export type CancelOutcome = 'ended' | 'inUse' | 'givenUp';

interface Pending {
  app: AppToEnd;
  done: Promise<void>;
}

export interface PendingCancelsOptions {
  launches: LaunchQueue;
  kind: HostKind;
  pool: CertificatePool;
  check: CertificateCheck;
  connect(identity: ClientIdentity): ReturnType<GameStreamApi['connect']>;
  log: Logger;
}

/**
 * Our apps that are to be ended on one host, at most one per client certificate. Each cancel is retried until the host accepts it or
 * reports that there is nothing to end, however long the host is unreachable.
 */
export class PendingCancels {
  readonly #options: PendingCancelsOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #closing = new AbortController();

  constructor(options: PendingCancelsOptions) {
    this.#options = options;
  }

  /** An app that is being ended, or that the host does not let us end; null: none. */
  get appId(): number | null {
    const [first] = this.#pending.values();
    return first?.app.appId ?? null;
  }

  async end(app: AppToEnd): Promise<CancelOutcome> {
    const ended = this.#run(app);
    const pending = { app, done: ended.then(() => undefined) };
    this.#pending.set(app.lease.id, pending);
    try {
      return await ended;
    } finally {
      if (this.#pending.get(app.lease.id) === pending) this.#pending.delete(app.lease.id);
    }
  }

  /** Stops trying, after `limitMs` at the latest: what is not done by then is left. */
  async close(limitMs: number): Promise<void> {
    const done = Promise.all([...this.#pending.values()].map((pending) => pending.done));
    const limit = new AbortController();
    await Promise.race([done, timers.setTimeout(limitMs, undefined, { signal: limit.signal }).catch(() => {})]);
    limit.abort();
    this.#closing.abort();
    await done;
  }

  async #run(app: AppToEnd): Promise<CancelOutcome> {
    const log = this.#options.log.child({ app: app.appId });
    const policy = new CancelPolicy(app);
    let release = app.holds ? this.#options.launches.hold() : null;
    let said: string | null = null;
    const say = (level: 'info' | 'warn', what: string, error?: MoonshareError) => {
      if (said !== what) log[level]({ ...(error === undefined ? {} : { err: error }) }, what);
      said = what;
    };
    try {
      for (;;) {
        const { answer, error } = await this.#attempt(app);
        if (answer === null) return 'inUse';
        const step = policy.next(answer, performance.now());
        if (step.done) {
          if (said !== null || answer.type === 'stranger') say('info', OUTCOMES[answer.type]);
          return 'ended';
        }
        if (error !== null)
          say('warn', `an app cannot be ended on its host yet (${error.code}), and is tried again`, error);
        if (!step.holds) {
          release?.();
          release = null;
        }
        await timers.setTimeout(step.waitMs, undefined, { signal: this.#closing.signal });
      }
    } catch (cause) {
      // The server is stopping: what is recorded is left to the next one.
      if (!this.#closing.signal.aborted) log.error({ err: cause }, 'an app on the host could not be ended');
      return 'givenUp';
    } finally {
      release?.();
    }
  }

  /** null: it is not ours to end, or we are stopping. */
  async #attempt(app: AppToEnd): Promise<{ answer: CancelAnswer | null; error: MoonshareError | null }> {
    const { launches, connect, check, pool } = this.#options;
    const slot = await launches.acquire('cancel', this.#closing.signal);
    const limit = AbortSignal.timeout(ATTEMPT_LIMIT_MS);
    const signal = AbortSignal.any([limit, this.#closing.signal]);
    try {
      if (app.isInUse()) return { answer: null, error: null };
      const client = connect(app.lease.identity);
      const limits = { timeoutMs: ATTEMPT_LIMIT_MS, signal };
      const answer = await check.with(app.lease, () => client.pairedServerInfo(limits));
      if ('refusal' in answer) {
        return { answer: await this.#attemptWithAnother(app, answer.refusal, limits), error: null };
      }
      if (answer.value.currentGame !== app.appId) return { answer: { type: 'notRunning' }, error: null };
      await client.cancel({ signal });
      return { answer: { type: 'taken' }, error: null };
    } catch (cause) {
      this.#closing.signal.throwIfAborted();
      const error = limit.aborted ? new MoonshareError('HOST_TIMEOUT', { cause }) : MoonshareError.from(cause);
      // A host that refuses it may be starting: the pool knows whether the certificate is dead.
      return { answer: pool.knows(app.lease) ? { type: 'failed', code: error.code } : { type: 'stranger' }, error };
    } finally {
      slot.release();
    }
  }

  /**
   * The certificate that started the app is refused. If it is dead, another one ends the app if one cancel ends it for everyone; while
   * that is not known, one with which nothing of ours is running. Throws `refusal` if it is not dead, and whatever the requests throw.
   */
  async #attemptWithAnother(
    app: AppToEnd,
    refusal: unknown,
    limits: { timeoutMs: number; signal: AbortSignal },
  ): Promise<CancelAnswer> {
    const { connect, check, pool, kind } = this.#options;
    const ask = (identity: ClientIdentity) => connect(identity).pairedServerInfo(limits);
    await check.ask(ask);
    if (pool.knows(app.lease)) throw refusal;
    const [other] = kind.sessions === 'shared' ? pool.all() : kind.sessions === null ? pool.idle() : [];
    if (other === undefined) return { type: 'stranger' };
    const answer = await check.with(other, ask);
    if ('refusal' in answer) throw answer.refusal;
    if (answer.value.currentGame !== app.appId) {
      return kind.sessions === 'shared' ? { type: 'notRunning' } : { type: 'stranger' };
    }
    await connect(other.identity).cancel({ signal: limits.signal });
    return { type: 'taken' };
  }
}

const OUTCOMES = {
  taken: 'the app has ended on its host',
  notRunning: 'the app is no longer running on its host',
  stranger: 'an app cannot be ended: its host no longer knows this client certificate',
  failed: '',
} as const;

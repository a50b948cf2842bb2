import { background } from '@moonshare/contract';
import type { Logger } from 'pino';
import { AppUse } from './app-use.ts';
import { cancelEach } from './cancel-each.ts';
import type { CertificateCheck } from './certificate-check.ts';
import type { CertificatePool, Lease } from './certificate-pool.ts';
import type { HostKind } from './host-kind.ts';
import type { LaunchQueue } from './launch-queue.ts';
import type { LaunchedApps } from './launched-apps.ts';
import { PendingCancels, type PendingCancelsOptions } from './pending-cancels.ts';

/** Which apps are ended with our last streamer on them: all, those we started, or none. */
export type EndApps = 'always' | 'own' | 'never';

export interface HostAppsOptions {
  launches: LaunchQueue;
  kind: HostKind;
  launched: LaunchedApps;
  pool: CertificatePool;
  check: CertificateCheck;
  endApps: EndApps;
  connect: PendingCancelsOptions['connect'];
  log: Logger;
}

/**
 * Which of our streamers uses which app on one host, and who ends it. Where each client has its own session, a streamer ends its own
 * app; where all share one, one cancel ends it for everyone (protocol/1 §7.3), so the last streamer does it.
 * A client certificate belongs to its streamer until its app has ended: until then the host may call it busy.
 */
export class HostApps {
  readonly #options: HostAppsOptions;
  readonly #cancels: PendingCancels;
  readonly #uses = new Set<AppUse>();
  /** To be ended if nobody else uses it, which depends on the kind of host, not known yet. */
  readonly #undecided = new Set<AppUse>();

  constructor(options: HostAppsOptions) {
    this.#options = options;
    this.#cancels = new PendingCancels(options);
  }

  /** The app that is being ended there; null: none. */
  get endingAppId(): number | null {
    return this.#cancels.appId;
  }

  /**
   * A streamer of ours uses an app with this client certificate, or will. The use returns the lease. `stays`: someone
   * will come back to the app if the server is killed.
   */
  use(lease: Lease, appId: number, options: { stays: boolean }): AppUse {
    const { launches, kind, launched } = this.#options;
    const ends = { end: (use: AppUse) => this.#end(use), leave: (use: AppUse) => this.#leave(use) };
    const use = new AppUse({ lease, appId, ...options, launches, kind, launched, ends });
    this.#uses.add(use);
    return use;
  }

  /** Ends what a use left with `leave`, unless someone is using it again. */
  async endLeft({ lease: { id }, appId }: AppUse): Promise<void> {
    const left = this.#options.launched.of(id);
    if (left?.state === 'left' && left.appId === appId) await this.#endAbandoned(id, appId, { answered: true });
  }

  /**
   * Ends the apps that an earlier server left, unless a desired streamer will resume them. Call it when none of that server's streamers
   * is left, and before any of ours launches.
   */
  restore(isWanted: (appId: number, clientUniqueId: string | null) => boolean): void {
    const { launched, pool, endApps, kind } = this.#options;
    const wanted = launched.list().filter(({ certificateId, appId, state }) => {
      return state === 'running' && isWanted(appId, pool.lastClient(certificateId));
    });
    for (const { certificateId, appId } of wanted) launched.set(certificateId, appId, 'left');
    for (const { certificateId, appId, state } of launched.list()) {
      if (state === 'left') continue;
      const isShared = kind.sessions !== 'perClient' && wanted.some((app) => app.appId === appId);
      if (isShared) launched.remove(certificateId);
      else if (state === 'running' && endApps === 'never') launched.set(certificateId, appId, 'left');
      else background(this.#endAbandoned(certificateId, appId, { answered: false }), this.#options.log);
    }
  }

  /**
   * Ends everything running there for us, except what streamers use; nothing at all if that would end theirs. Resolves to whether
   * nothing of ours remains. Throws the errors of an unreachable host, HOST_NOT_PAIRED.
   */
  async cancelAll(signal: AbortSignal): Promise<boolean> {
    const { launches, kind, launched, pool, check, connect } = this.#options;
    const used = new Set([...this.#uses].filter(({ ending }) => !ending).map(({ lease }) => lease.id));
    if (used.size > 0 && kind.sessions !== 'perClient') return false;
    const free = pool.all().filter(({ id }) => !used.has(id));
    // The only certificates to ask with are in use and must not be disturbed.
    if (used.size > 0 && free.length === 0) return false;
    const slot = await launches.acquire('cancel', signal);
    try {
      const remaining = await cancelEach(free, { check, connect, signal, ended: (id) => launched.remove(id) });
      return remaining === 0 && used.size === 0;
    } finally {
      slot.release();
    }
  }

  /** Decides again what depends on the kind of host, which may be known now. */
  settle(): void {
    for (const use of [...this.#undecided]) {
      this.#undecided.delete(use);
      background(this.#decide(use), this.#options.log);
    }
  }

  /** The server is stopping: whatever is not ended within `limitMs` is left to the next one. */
  close(limitMs: number): Promise<void> {
    return this.#cancels.close(limitMs);
  }

  async #endAbandoned(certificateId: number, appId: number, options: { answered: boolean }): Promise<void> {
    const lease = this.#options.pool.takeOne(certificateId);
    if (lease === null) return;
    const use = this.use(lease, appId, { stays: false });
    use.adopt(options);
    await use.end();
  }

  async #end(use: AppUse): Promise<void> {
    if (!this.#isToEnd(use)) this.#leave(use);
    else await this.#decide(use);
  }

  #isToEnd(use: AppUse): boolean {
    const { endApps, kind } = this.#options;
    if (endApps === 'never' || !use.mayRun) return false;
    // Whatever runs for a client certificate of ours alone was started by us.
    return endApps === 'always' || use.isOurs || kind.sessions === 'perClient';
  }

  async #decide(use: AppUse): Promise<void> {
    const { kind, launched } = this.#options;
    if (kind.sessions !== 'perClient') {
      if (!use.hasLaunched && this.#isLeftByAnother(use)) {
        launched.remove(use.lease.id);
        return this.#over(use);
      }
      if (this.#heir(use) !== undefined) {
        if (kind.sessions === 'shared') this.#handOver(use);
        else this.#undecided.add(use);
        return;
      }
    }
    await this.#cancel(use);
  }

  async #cancel(use: AppUse): Promise<void> {
    const { kind, launched } = this.#options;
    const { lease, appId, unanswered } = use;
    launched.set(lease.id, appId, 'ending');
    const outcome = await this.#cancels.end({
      lease,
      appId,
      unanswered,
      holds: kind.sessions !== 'perClient',
      isInUse: () => kind.sessions !== 'perClient' && this.#heir(use) !== undefined,
    });
    if (outcome === 'givenUp') return;
    // Whether that ends this one's app too depends on the kind of host.
    if (outcome === 'inUse') return this.#decide(use);
    launched.remove(lease.id);
    this.#over(use);
  }

  /** Ending the app is now up to another streamer: the last one using it. */
  #handOver(use: AppUse): void {
    if (use.isOurs) this.#heir(use)?.inherit();
    this.#options.launched.remove(use.lease.id);
    this.#over(use);
  }

  #leave(use: AppUse): void {
    const { launched, kind } = this.#options;
    const isOurs = use.isOurs || (use.mayRun && kind.sessions === 'perClient');
    if (isOurs) launched.set(use.lease.id, use.appId, 'left');
    this.#over(use);
  }

  #over(use: AppUse): void {
    this.#uses.delete(use);
    use.lease.release();
    this.settle();
  }

  /** Another streamer of ours using the same app. */
  #heir(use: AppUse): AppUse | undefined {
    return [...this.#uses].find((other) => other !== use && other.using && other.appId === use.appId);
  }

  #isLeftByAnother({ appId, lease }: AppUse): boolean {
    return this.#options.launched
      .list()
      .some((app) => app.state === 'left' && app.appId === appId && app.certificateId !== lease.id);
  }
}

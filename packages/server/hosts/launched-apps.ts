import type { Logger } from 'pino';
import type { LaunchedApp, LaunchedAppStore } from '../store/launched-app-store.ts';

/** The apps that we started on one host and that may still be running there, one per client certificate; stored in the database. */
export class LaunchedApps {
  readonly #store: LaunchedAppStore;
  readonly #log: Logger;
  readonly #apps = new Map<number, LaunchedApp>();

  constructor(store: LaunchedAppStore, hostId: number, log: Logger) {
    this.#store = store;
    this.#log = log;
    for (const app of store.list(hostId)) this.#apps.set(app.certificateId, app);
  }

  list(): LaunchedApp[] {
    return [...this.#apps.values()];
  }

  of(certificateId: number): LaunchedApp | undefined {
    return this.#apps.get(certificateId);
  }

  /** Whether we started this app here, with any certificate. */
  has(appId: number): boolean {
    return this.list().some((app) => app.appId === appId);
  }

  set(certificateId: number, appId: number, state: LaunchedApp['state']): void {
    const app = { certificateId, appId, state };
    this.#apps.set(certificateId, app);
    this.#write(() => this.#store.save(app));
  }

  remove(certificateId: number): void {
    if (this.#apps.delete(certificateId)) this.#write(() => this.#store.remove(certificateId));
  }

  /** A change that could not be stored may at worst leave an app running if the server is killed. */
  #write(change: () => void): void {
    try {
      change();
    } catch (error) {
      this.#log.warn({ err: error }, 'could not record an app that runs on a host');
    }
  }
}

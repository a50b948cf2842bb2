import type { App } from '@moonshare/gamestream';
import { EndingSessions } from '../session/ending-sessions.ts';
import { pausesOnDeath, type StreamSession } from '../session/session.ts';
import type { SessionEnd } from '../session/session-profile.ts';
import type { RunningApp } from '../session/sessions.ts';
import type { SessionsOptions } from './host-profile.ts';

/** An app of one client. Its newest stream may have ended: then it waits for a resume. */
export interface WolfApp {
  id: number;
  app: App;
  client: string;
  address: string;
  session: StreamSession;
  /** Streams taken over by a resume whose control connection is still up: the host keeps sending to them. */
  before: Set<StreamSession>;
}

/** Common to the Wolfs: each client's app stays until `/cancel`, and a resume takes it over with a new stream. */
export abstract class WolfApps<Entry extends WolfApp> {
  protected readonly options: SessionsOptions;
  protected readonly ending = new EndingSessions();
  protected entries: Entry[] = [];
  #lastId = 0;

  constructor(options: SessionsOptions) {
    this.options = options;
  }

  get app(): App | null {
    return this.entries[0]?.app ?? null;
  }

  get running(): RunningApp[] {
    return this.entries.map(({ app, client }) => ({ app, client }));
  }

  get all(): StreamSession[] {
    return this.entries.map(({ session }) => session).filter((session) => !session.ended);
  }

  async endApp(): Promise<boolean> {
    if (this.entries.length === 0) return false;
    await this.remove(() => true, 'app ended');
    return true;
  }

  left(connected: StreamSession, reason: 'left' | 'lost'): void {
    const entry = this.entries.find(({ before }) => before.delete(connected));
    if (entry !== undefined && pausesOnDeath(this.options.context)) void entry.session.pause();
    this.ending.end(connected, reason);
  }

  protected nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  protected async remove(wanted: (entry: Entry) => boolean, reason: SessionEnd): Promise<void> {
    const gone = this.entries.filter(wanted);
    this.entries = this.entries.filter((entry) => !wanted(entry));
    for (const entry of gone) {
      for (const session of this.endedWith(entry)) this.ending.end(session, reason);
      this.options.context.desktop.release(entry.id);
    }
    await this.ending.settled();
  }

  /** The streams that end with an app. */
  protected abstract endedWith(entry: Entry): StreamSession[];
}

import type { StreamSession } from './session.ts';
import type { SessionEnd } from './session-profile.ts';

/** Sessions that were told to end and still have sockets open. */
export class EndingSessions {
  readonly #ending = new Set<Promise<void>>();

  end(session: StreamSession, reason: SessionEnd): void {
    const ending = session.end(reason).finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  async settled(): Promise<void> {
    await Promise.all(this.#ending);
  }
}

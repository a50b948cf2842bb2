import type { ServerContext } from '@modelcontextprotocol/server';

const TICK_MS = 1000;

/** Tells the client every second how far a long call is, if it wants to know. */
export class Progress {
  readonly #notify: ((params: { progress: number; total: number; message: string }) => void) | null;
  #timer: NodeJS.Timeout | undefined;

  constructor({ mcpReq }: Pick<ServerContext, 'mcpReq'>) {
    const progressToken = mcpReq._meta?.progressToken;
    this.#notify =
      progressToken === undefined
        ? null
        : (params) => {
            const told = mcpReq.notify({ method: 'notifications/progress', params: { progressToken, ...params } });
            // The client may have gone meanwhile.
            told.catch(() => {});
          };
  }

  /** From now on, for at most `limitMs`. `message`: what is being waited for. */
  start(limitMs: number, message: () => string | Promise<string>): void {
    const notify = this.#notify;
    if (notify === null) return;
    const began = performance.now();
    const total = Math.ceil(limitMs / TICK_MS);
    const tell = async () => {
      const told = await message();
      if (this.#timer === undefined) return;
      notify({ progress: Math.min(total, (performance.now() - began) / TICK_MS), total, message: told });
    };
    this.#timer = setInterval(() => void tell(), TICK_MS);
    void tell();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

import { LimitError } from '../auth/limit-error.ts';
import type { Caller } from './authenticator.ts';

/** At the same time, of one token or user, and of all together; each may wait for a picture or for the controls. */
const MAX_PER_CALLER = 32;
const MAX_TOTAL = 512;

/** MCP requests that are being answered. */
export class McpRequests {
  readonly #open = new Map<string, number>();
  #total = 0;

  /** Counts one until the returned function is called. Throws RATE_LIMITED. */
  enter({ token, user }: Pick<Caller, 'token' | 'user'>): () => void {
    const key = token ? `token:${token.id}` : user ? `user:${user.id}` : 'credentials';
    const open = this.#open.get(key) ?? 0;
    if (open >= MAX_PER_CALLER || this.#total >= MAX_TOTAL) {
      throw new LimitError('RATE_LIMITED', 'mcp', {
        message: 'Too many MCP requests at the same time',
        hint: 'Wait for the answers to earlier ones.',
      });
    }
    this.#open.set(key, open + 1);
    this.#total += 1;
    return () => this.#leave(key);
  }

  #leave(key: string): void {
    const open = this.#open.get(key)! - 1;
    if (open === 0) this.#open.delete(key);
    else this.#open.set(key, open);
    this.#total -= 1;
  }
}

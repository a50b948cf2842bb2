import type { Duplex } from 'node:stream';

/**
 * What is written to a connection during one turn of the event loop goes to the kernel in one call: calls, above all those with a
 * little sound, cost more than what they carry.
 */
export class GatheredWrites {
  readonly #corked = new Set<Duplex>();

  /** Call before each write. */
  gather(connection: Duplex): void {
    if (this.#corked.has(connection)) return;
    if (this.#corked.size === 0) setImmediate(() => this.#release());
    this.#corked.add(connection);
    connection.cork();
  }

  #release(): void {
    const corked = [...this.#corked];
    this.#corked.clear();
    for (const connection of corked) connection.uncork();
  }
}

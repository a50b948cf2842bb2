type Listener = (...values: readonly unknown[]) => void;

/** A typed event emitter for browsers: each event name maps to the tuple of its listeners' arguments. */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  #listeners = new Map<keyof Events, Set<Listener>>();

  /** Returns a function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: (...values: Events[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    listeners.add(listener as Listener);
    return () => listeners.delete(listener as Listener);
  }

  protected emit<Name extends keyof Events>(name: Name, ...values: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      listener(...values);
    }
  }
}

import { randomBytes } from 'node:crypto';
import { PairingHost, type QueryParameters } from '@moonshare/gamestream';
import type { Store } from '../store.ts';

/** How long a host keeps a client waiting for the PIN, protocol/1 §5.3. */
const PIN_PATIENCE_MS = 300_000;

/** A reply that may come late; `close` drops the connection without one. */
export interface PairingReply {
  send(xml: string): void;
  close(): void;
}

/** Pairing on this host: the state machine, the replies that wait for a PIN, and the store of paired clients. */
export class HostPairing {
  readonly #store: Store;
  readonly #options: { pin: string | null; keepsAbandoned: boolean };
  readonly #host: PairingHost;
  readonly #waiting = new Map<string, { reply: PairingReply; timer: NodeJS.Timeout }>();

  /** With a `pin` every attempt is answered with it at once. `keepsAbandoned`: an attempt outlives its client's connection. */
  constructor(store: Store, options: { pin: string | null; keepsAbandoned: boolean }) {
    this.#store = store;
    this.#options = options;
    this.#host = new PairingHost({ identity: store.identity, random: randomBytes });
  }

  async receive(query: QueryParameters, reply: PairingReply): Promise<void> {
    const answer = this.#host.receive(query);
    switch (answer.type) {
      case 'reply':
        // The client sent something else instead of waiting for the PIN, which ends the wait.
        this.#drop(query.get('uniqueid') ?? '');
        reply.send(answer.xml);
        break;
      case 'paired':
        await this.#store.addClient(answer.certificate);
        reply.send(answer.xml);
        break;
      case 'waitForPin':
        this.#drop(answer.uniqueId);
        this.#waiting.set(answer.uniqueId, {
          reply,
          timer: setTimeout(() => this.#giveUp(answer.uniqueId), PIN_PATIENCE_MS),
        });
        if (this.#options.pin !== null) this.enterPin(this.#options.pin);
        break;
    }
  }

  /** The client of a waiting attempt has closed its connection. */
  abandoned(reply: PairingReply): void {
    if (this.#options.keepsAbandoned) return;
    for (const [uniqueId, waiting] of this.#waiting) {
      if (waiting.reply === reply) this.#giveUp(uniqueId);
    }
  }

  /** Gives the PIN to the attempt that has waited longest, whether its client is still there or not; false if none waits. */
  enterPin(pin: string): boolean {
    const next = this.#host.enterPin(pin);
    const waiting = next === null ? undefined : this.#waiting.get(next.uniqueId);
    if (next === null || waiting === undefined) return false;
    this.#waiting.delete(next.uniqueId);
    clearTimeout(waiting.timer);
    waiting.reply.send(next.xml);
    return true;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  close(): void {
    for (const uniqueId of [...this.#waiting.keys()]) this.#giveUp(uniqueId);
  }

  #giveUp(uniqueId: string): void {
    this.#drop(uniqueId);
    this.#host.forget(uniqueId);
  }

  #drop(uniqueId: string): void {
    const waiting = this.#waiting.get(uniqueId);
    if (waiting === undefined) return;
    this.#waiting.delete(uniqueId);
    clearTimeout(waiting.timer);
    waiting.reply.close();
  }
}

import { MoonshareError } from '@moonshare/contract';
import { type ClientIdentity, ClientRefusedError } from '@moonshare/gamestream';
import type { ClientCertificate } from '../store/certificate-store.ts';
import type { CertificatePool } from './certificate-pool.ts';

type Question<T> = (identity: ClientIdentity) => Promise<T>;

/**
 * Finds out which of our certificates a host accepts. Hosts forget clients without telling anyone, so every request to a host goes
 * through here: what one answer shows holds for all later callers.
 *
 * A certificate that is not accepted is skipped. It is dead, and forgotten for good, if the host itself (identified by its pinned
 * certificate) refuses it between two acceptances of another one: a host that accepts nobody may be starting, and one that is
 * unreachable, or not the one that was paired, proves nothing about it.
 */
export class CertificateCheck {
  readonly #pool: CertificatePool;
  readonly #probe: Question<unknown>;

  /** `probe`: any request that a host answers to paired clients only. */
  constructor(pool: CertificatePool, probe: Question<unknown>) {
    this.#pool = pool;
    this.#probe = probe;
  }

  /** Asks with the first certificate that the host accepts, leased or not. Throws HOST_NOT_PAIRED if it accepts none, and whatever the question throws. */
  async ask<T>(question: Question<T>): Promise<T> {
    let refusal: unknown = new MoonshareError('HOST_NOT_PAIRED');
    for (const certificate of this.#pool.all()) {
      const answer = await this.with(certificate, question);
      if ('value' in answer) {
        await this.settle(certificate);
        return answer.value;
      }
      refusal = answer.refusal;
    }
    throw refusal;
  }

  /** Asks with each certificate in turn, so that afterwards the state of each is fresh. Returns the first answer; throws as `ask` does. */
  async askWithEach<T>(question: Question<T>): Promise<T> {
    const answer = await this.ask(question);
    const [witness, ...others] = this.#pool.all();
    try {
      for (const certificate of others) await this.with(certificate, this.#probe);
    } catch {
      // What is not known stays as it was, and the answer remains valid.
    }
    if (witness !== undefined) await this.settle(witness);
    return answer;
  }

  /** Asks with this certificate. Throws whatever the question throws, unless the host does not accept the certificate. */
  async with<T>(
    { id, identity }: Pick<ClientCertificate, 'id' | 'identity'>,
    question: Question<T>,
  ): Promise<{ value: T } | { refusal: unknown }> {
    try {
      const value = await question(identity);
      this.#pool.accepted(id);
      return { value };
    } catch (error) {
      const { code } = MoonshareError.from(error);
      if (code === 'HOST_CERTIFICATE_CHANGED') this.#pool.hostReplaced();
      if (code !== 'HOST_NOT_PAIRED') throw error;
      this.#pool.notAccepted(id, error);
      return { refusal: error };
    }
  }

  /** The host has just accepted `witness`: those that it refuses now, before it accepts `witness` again, are dead. Never throws. */
  async settle(witness: Pick<ClientCertificate, 'id' | 'identity'>): Promise<void> {
    const suspects = this.#pool.refused().filter(({ id }) => id !== witness.id);
    if (suspects.length === 0) return;
    try {
      const dead: number[] = [];
      for (const suspect of suspects) {
        const answer = await this.with(suspect, this.#probe);
        if ('refusal' in answer && answer.refusal instanceof ClientRefusedError) dead.push(suspect.id);
      }
      if ('refusal' in (await this.with(witness, this.#probe))) return;
      for (const id of dead) this.#pool.forget(id);
    } catch {
      // The next caller will find them still refused.
    }
  }
}

import { MoonshareError } from '@moonshare/contract';
import { orAbort } from '../abort.ts';
import type { CertificatePool } from './certificate-pool.ts';
import type { Paired, Pairing } from './pairing.ts';

/** How long a pairing continues once nobody waits for it: pollers come back to it, but others want to pair too. */
const LINGER_MS = 15_000;

interface Attempt {
  /** The ID of the certificate. */
  outcome: Promise<number>;
  waiting: number;
  abort: AbortController;
  linger: NodeJS.Timeout | undefined;
}

/** Where further client certificates come from: a pairing with a person, or one with the host's shared PIN. */
export class CertificateSupply {
  readonly #pool: CertificatePool;
  readonly #pairing: Pairing;
  readonly #pin: (hostCertificate: string, vouchedFor: boolean) => void;
  /** The pairing without a person; one for everyone who waits. */
  #attempt: Attempt | null = null;
  #withPerson: Promise<number> | null = null;
  readonly #closing = new AbortController();

  /** `pin` stores the host's certificate: vouched for by a person at the host, or else it must be the same as before. */
  constructor(pool: CertificatePool, pairing: Pairing, pin: (hostCertificate: string, vouchedFor: boolean) => void) {
    this.#pool = pool;
    this.#pairing = pairing;
    this.#pin = pin;
  }

  /** The host enters the PIN by itself. */
  get automatic(): boolean {
    return this.#pairing.automatic;
  }

  /** The PIN to show, and the ID of the certificate once the PIN has been entered on the host. Throws PAIRING_IN_PROGRESS. */
  pair(signal: AbortSignal): { pin: string; paired: Promise<number> } {
    if (this.#attempt?.waiting === 0) this.#attempt.abort.abort(new MoonshareError('PAIRING_CANCELLED'));
    const { pin, outcome: paired } = this.#pairing.begin(
      ({ identity, hostCertificate }) => {
        this.#pin(hostCertificate, true);
        return this.#pool.add(identity).id;
      },
      AbortSignal.any([signal, this.#closing.signal]),
    );
    const over = () => {
      if (this.#withPerson === paired) this.#withPerson = null;
    };
    this.#withPerson = paired;
    paired.then(over, over);
    return { pin, paired };
  }

  /**
   * The ID of one more certificate that the host accepts, once the pairing for it is over: a pairing in progress is waited for, and a
   * host that enters the PIN by itself is asked for one. Throws HOST_NOT_PAIRED if there is no way to get one.
   */
  async oneMore(signal: AbortSignal): Promise<number> {
    if (this.automatic) return this.#join(signal);
    const { paired } = this.#pool.count;
    const hint =
      paired === 0
        ? undefined
        : `None of its ${paired} client certificates is free: pair it once more (POST /api/pair) for one more streamer, or set MOONLIGHT_INTERNAL_PAIRING_PIN on both sides.`;
    if (this.#withPerson === null) throw new MoonshareError('HOST_NOT_PAIRED', { hint });
    return orAbort(this.#withPerson, signal).catch((cause) => {
      const said = signal.aborted ? 'nobody has typed the PIN yet' : MoonshareError.from(cause).message;
      throw new MoonshareError('HOST_NOT_PAIRED', {
        hint: `The pairing in progress did not succeed: ${said}.`,
        cause,
      });
    });
  }

  /** Cancels any pairing in progress. */
  close(): void {
    const calledOff = new MoonshareError('PAIRING_CANCELLED');
    this.#closing.abort(calledOff);
    this.#attempt?.abort.abort(calledOff);
  }

  async #join(signal: AbortSignal): Promise<number> {
    const attempt = this.#attempt ?? this.#begin();
    clearTimeout(attempt.linger);
    attempt.waiting++;
    try {
      return await orAbort(attempt.outcome, signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new MoonshareError('HOST_NOT_PAIRED', {
        hint: 'The host has not entered the PIN from MOONLIGHT_INTERNAL_PAIRING_PIN yet: it must enter the same one by itself.',
        cause,
      });
    } finally {
      attempt.waiting--;
      if (attempt.waiting === 0)
        attempt.linger = setTimeout(
          () => attempt.abort.abort(new MoonshareError('PAIRING_TIMED_OUT')),
          LINGER_MS,
        ).unref();
    }
  }

  #begin(): Attempt {
    const abort = new AbortController();
    const attempt: Attempt = { outcome: this.#pairAgain(abort.signal), waiting: 0, abort, linger: undefined };
    const over = () => {
      clearTimeout(attempt.linger);
      if (this.#attempt === attempt) this.#attempt = null;
    };
    attempt.outcome.then(over, over);
    this.#attempt = attempt;
    return attempt;
  }

  /** Prefers a certificate that the host refused to a new one, so that its list of clients does not grow by those it forgot. */
  async #pairAgain(signal: AbortSignal): Promise<number> {
    const known = this.#pool.takeRefused();
    try {
      const keep = ({ identity, hostCertificate }: Paired) => {
        this.#pin(hostCertificate, false);
        if (known === null) return this.#pool.add(identity).id;
        this.#pool.accepted(known.id);
        return known.id;
      };
      return await this.#pairing.automatically(known?.identity ?? null, keep, signal);
    } finally {
      known?.release();
    }
  }
}

import { randomInt } from 'node:crypto';
import { MoonshareError } from '@moonshare/contract';
import type { ClientIdentity } from '@moonshare/gamestream';
import type { GameStreamApi } from './gamestream-api.ts';
import { Serial } from './serial.ts';

/** Hosts give a person 300 s to type the PIN, protocol/1 §5.3. */
const PERSON_LIMIT_MS = 310_000;

interface Paired {
  identity: ClientIdentity;
  /** PEM, to be pinned. */
  hostCertificate: string;
}

/** Pairs client certificates with one host, one at a time: a host with two pending attempts mixes up the PINs (protocol/1 §5.4). */
export class Pairing {
  readonly #api: GameStreamApi;
  readonly #target: { address: string; httpPort: number };
  readonly #sharedPin: string | undefined;
  readonly #queue = new Serial();
  #withPerson = false;

  /** `sharedPin`: the host types it by itself. */
  constructor(api: GameStreamApi, target: { address: string; httpPort: number }, sharedPin: string | undefined) {
    this.#api = api;
    this.#target = target;
    this.#sharedPin = sharedPin;
  }

  get automatic(): boolean {
    return this.#sharedPin !== undefined;
  }

  /** With a person: the PIN to show now, and the outcome when it was typed at the host. Throws PAIRING_IN_PROGRESS. */
  begin(signal: AbortSignal): { pin: string; outcome: Promise<Paired> } {
    if (this.#withPerson) throw new MoonshareError('PAIRING_IN_PROGRESS');
    this.#withPerson = true;
    const pin = this.#sharedPin ?? String(randomInt(10_000)).padStart(4, '0');
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PERSON_LIMIT_MS)]);
    const outcome = this.#pair(null, pin, limited).finally(() => {
      this.#withPerson = false;
    });
    return { pin, outcome };
  }

  /** With the shared PIN. `known`: a certificate that the host does not know any more, else a new one is made. */
  async automatically(known: ClientIdentity | null, signal: AbortSignal): Promise<Paired> {
    try {
      if (this.#sharedPin === undefined) throw new MoonshareError('HOST_NOT_PAIRED');
      return await this.#pair(known, this.#sharedPin, signal);
    } catch (cause) {
      const error = MoonshareError.from(cause);
      if (!error.code.startsWith('PAIRING_') && !signal.aborted) throw error;
      throw new MoonshareError('HOST_NOT_PAIRED', {
        hint: `Pairing with the PIN of MOONLIGHT_INTERNAL_PAIRING_PIN failed (${signal.aborted ? 'the host did not type it' : error.message}): the host must type the same one.`,
        cause,
      });
    }
  }

  async #pair(known: ClientIdentity | null, pin: string, signal: AbortSignal): Promise<Paired> {
    return this.#queue.run(async () => {
      signal.throwIfAborted();
      const identity = known ?? (await this.#api.createClientIdentity());
      const device = { identity, deviceName: 'moonshare' };
      const { hostCertificate } = await this.#api.pair({ ...this.#target, ...device, pin, signal });
      return { identity, hostCertificate };
    }, signal);
  }
}

import { randomInt } from 'node:crypto';
import { MoonshareError } from '@moonshare/contract';
import type { ClientIdentity } from '@moonshare/gamestream';
import { orAbort } from '../abort.ts';
import type { GameStreamApi } from './gamestream-api.ts';
import { Serial } from './serial.ts';

/** Hosts give a person 300 s to enter the PIN, protocol/1 §5.3. */
const PERSON_LIMIT_MS = 310_000;

export interface Paired {
  identity: ClientIdentity;
  /** PEM, to be pinned. */
  hostCertificate: string;
}

/** The state of the most recent pairing. */
export type PairingProgress = { state: 'waiting' } | { state: 'paired' } | { state: 'failed'; error: MoonshareError };

/** What to do with a pairing before it counts as done. */
type Keep<T> = (paired: Paired) => T;

interface PairingOptions {
  api: GameStreamApi;
  target: { address: string; httpPort: number };
  /** The host enters it by itself. */
  sharedPin: string | undefined;
  onProgress: (progress: PairingProgress) => void;
}

/** Pairs client certificates with one host, one at a time: a host with two pending attempts mixes up the PINs (protocol/1 §5.4). */
export class Pairing {
  readonly #options: PairingOptions;
  readonly #queue = new Serial();
  #withPerson = false;

  constructor(options: PairingOptions) {
    this.#options = options;
  }

  get automatic(): boolean {
    return this.#options.sharedPin !== undefined;
  }

  /** With a person: the PIN to show now, and the outcome once it has been entered on the host. Throws PAIRING_IN_PROGRESS. */
  begin<T>(keep: Keep<T>, signal: AbortSignal): { pin: string; outcome: Promise<T> } {
    if (this.#withPerson) throw new MoonshareError('PAIRING_IN_PROGRESS');
    this.#withPerson = true;
    const pin = this.#options.sharedPin ?? String(randomInt(10_000)).padStart(4, '0');
    const limited = AbortSignal.any([signal, AbortSignal.timeout(PERSON_LIMIT_MS)]);
    const outcome = this.#pair(null, pin, keep, limited).finally(() => {
      this.#withPerson = false;
    });
    return { pin, outcome };
  }

  /** With the shared PIN. `known`: a certificate that the host has forgotten; null: a new one is made. */
  async automatically<T>(known: ClientIdentity | null, keep: Keep<T>, signal: AbortSignal): Promise<T> {
    const { sharedPin } = this.#options;
    try {
      if (sharedPin === undefined) throw new MoonshareError('HOST_NOT_PAIRED');
      return await this.#pair(known, sharedPin, keep, signal);
    } catch (cause) {
      const error = MoonshareError.from(cause);
      if (!error.code.startsWith('PAIRING_')) throw error;
      throw new MoonshareError('HOST_NOT_PAIRED', {
        hint: `Pairing with the PIN from MOONLIGHT_INTERNAL_PAIRING_PIN failed (${error.message}): the host must enter the same one.`,
        cause,
      });
    }
  }

  #pair<T>(known: ClientIdentity | null, pin: string, keep: Keep<T>, signal: AbortSignal): Promise<T> {
    const { api, target, onProgress } = this.#options;
    const turn = this.#queue.run(async () => {
      signal.throwIfAborted();
      onProgress({ state: 'waiting' });
      let exchange: Promise<unknown> | undefined;
      try {
        const identity = known ?? (await api.createClientIdentity());
        const device = { identity, deviceName: 'moonshare' };
        const pairing = api.pair({ ...target, ...device, pin, signal });
        exchange = pairing;
        const { hostCertificate } = await orAbort(pairing, signal);
        const kept = keep({ identity, hostCertificate });
        onProgress({ state: 'paired' });
        return kept;
      } catch (cause) {
        const error = failure(cause, signal);
        onProgress({ state: 'failed', error });
        throw error;
      } finally {
        // Not until the host knows that this one is over: otherwise it would use the next PIN for it.
        await exchange?.catch(() => undefined);
      }
    });
    return orAbort(turn, signal).catch((cause) => Promise.reject(failure(cause, signal)));
  }
}

function failure(cause: unknown, signal: AbortSignal): MoonshareError {
  if (!signal.aborted || cause instanceof MoonshareError) return MoonshareError.from(cause);
  if (signal.reason instanceof MoonshareError) return signal.reason;
  const inTime = !(signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError');
  return new MoonshareError(inTime ? 'PAIRING_CANCELLED' : 'PAIRING_TIMED_OUT', { cause });
}

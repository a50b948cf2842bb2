import type { ErrorCode } from '@moonshare/contract';
import { LimitError, type SeatsName } from '../auth/limit-error.ts';
import type { Owner } from '../auth/owner.ts';

/** For whom seats are reserved: viewers who may only watch leave some to those who may control, and these leave some to admins. */
export type Rank = 'watch' | 'control' | 'admin';

/** With fewer seats, limits per address would only hinder a few friends. */
const SMALL = 4;

/** The error when there is none left. */
export interface SeatsError {
  code: ErrorCode;
  limit: SeatsName;
  /** "Too many ... from this address". */
  of: string;
}

/** Seats of a streamer, of all streamers, or of anything else that many may want. */
export class Seats {
  readonly #total: number;
  readonly #error: SeatsError;
  readonly #open: Record<Rank, number>;
  readonly #perAddress: number;
  readonly #perLink: number;
  readonly #byOwner = new Map<string, number>();
  #taken = 0;

  constructor(total: number, error: SeatsError) {
    this.#total = total;
    this.#error = error;
    const kept = total < 2 ? 0 : Math.ceil(total / 8);
    const forAdmins = kept < 2 ? 0 : Math.max(1, Math.floor(kept / 4));
    this.#open = { watch: total - kept, control: total - forAdmins, admin: total };
    this.#perAddress = Math.max(SMALL, Math.ceil(total / 2));
    this.#perLink = Math.max(SMALL, Math.ceil((3 * this.#open.watch) / 4));
  }

  /** Returns a function that releases the seat, once. Throws a LimitError: for one address, for one link, or for all. */
  take({ owner: { address, linkId }, rank }: { owner: Owner; rank: Rank }): () => void {
    const { code, limit, of } = this.#error;
    // An admin presents the credentials for many, as a platform’s proxy does.
    const byAddress = rank === 'admin' ? null : `address:${address}`;
    const byLink = linkId === null ? null : `link:${linkId}`;
    if (byLink !== null && this.#of(byLink) >= this.#perLink) {
      throw new LimitError(code, `${limit}-by-link`, { message: `Too many ${of} by this link` });
    }
    if (byAddress !== null && this.#of(byAddress) >= this.#perAddress) {
      throw new LimitError(code, `${limit}-by-address`, { message: `Too many ${of} from this address` });
    }
    if (this.#taken >= this.#open[rank]) throw this.#full();
    const keys = [byAddress, byLink].filter((key) => key !== null);
    for (const key of keys) this.#byOwner.set(key, this.#of(key) + 1);
    this.#taken++;
    let taken = true;
    return () => {
      if (!taken) return;
      taken = false;
      this.#taken--;
      for (const key of keys) this.#giveBack(key);
    };
  }

  #of(key: string): number {
    return this.#byOwner.get(key) ?? 0;
  }

  #giveBack(key: string): void {
    const left = this.#of(key) - 1;
    if (left > 0) this.#byOwner.set(key, left);
    else this.#byOwner.delete(key);
  }

  #full(): LimitError {
    const isReserved = this.#taken < this.#total;
    const hint = 'The last seats are reserved for those who may control. Wait until someone leaves.';
    return new LimitError(this.#error.code, this.#error.limit, isReserved ? { hint } : {});
  }
}

/** A seat of each; the returned function releases them all, once. If one cannot be had, none is taken. Throws what `take` throws. */
export function takeOneOfEach(all: readonly Seats[], whom: { owner: Owner; rank: Rank }): () => void {
  const taken: (() => void)[] = [];
  const leave = () => {
    for (const giveBack of taken) giveBack();
  };
  try {
    for (const seats of all) taken.push(seats.take(whom));
    return leave;
  } catch (error) {
    leave();
    throw error;
  }
}

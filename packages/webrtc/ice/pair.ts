import assert from 'node:assert/strict';
import type { Transaction } from '../stun/transactions.ts';
import { type Path, pathKey } from './path.ts';

export type Role = 'controlled' | 'controlling';

/** Why a request was sent. */
export type Purpose = 'check' | 'nomination' | 'consent';
export type Check = Transaction<{ pair: Pair; purpose: Purpose; role: Role }>;

type PairState =
  | { type: 'waiting' }
  | { type: 'checking'; check: Check }
  /** The peer answered a check. */
  | { type: 'valid' }
  | { type: 'failed' };

/** A path with what is known of it. */
export interface Pair {
  readonly path: Path;
  readonly key: string;
  readonly localPriority: number;
  remotePriority: number;
  state: PairState;
  /** The peer, in control, asked for it; how often since it last asked for the selected one, and in which transaction. */
  nominations: number;
  nominatedIn: string | null;
}

/** RFC 8445 §6.1.2.3. */
export function pairPriority({ localPriority, remotePriority }: Pair, role: Role): bigint {
  const [controlling, controlled] =
    role === 'controlling' ? [localPriority, remotePriority] : [remotePriority, localPriority];
  const [less, more] = controlling < controlled ? [controlling, controlled] : [controlled, controlling];
  return 2n ** 32n * BigInt(less) + 2n * BigInt(more) + (controlling > controlled ? 1n : 0n);
}

/** A peer that has our password could make them grow without end. */
const MAX_PAIRS = 100;

/** All paths of a session, by where they go. */
export class PairList {
  readonly #pairs = new Map<string, Pair>();

  get(path: Path): Pair | undefined {
    return this.#pairs.get(pathKey(path));
  }

  /** The pair of this path; a new one takes the place of one that is of no use. Null: there is no room. `selected` always stays. */
  add(path: Path, priorities: { local: number; remote: number }, selected: Pair | null): Pair | null {
    const key = pathKey(path);
    const known = this.#pairs.get(key);
    if (known !== undefined) return known;
    if (this.#pairs.size >= MAX_PAIRS) {
      const useless = this.#useless(selected);
      if (useless === null) return null;
      this.#pairs.delete(useless.key);
    }
    const pair: Pair = {
      path,
      key,
      localPriority: priorities.local,
      remotePriority: priorities.remote,
      state: { type: 'waiting' },
      nominations: 0,
      nominatedIn: null,
    };
    this.#pairs.set(key, pair);
    assert.ok(this.#pairs.size <= MAX_PAIRS);
    return pair;
  }

  delete({ key }: Pair): void {
    this.#pairs.delete(key);
  }

  has(pair: Pair): boolean {
    return this.#pairs.get(pair.key) === pair;
  }

  all(): Iterable<Pair> {
    return this.#pairs.values();
  }

  get size(): number {
    return this.#pairs.size;
  }

  /** The one with the highest priority among those that match. */
  best(role: Role, matches: (pair: Pair) => boolean): Pair | null {
    let best: { pair: Pair; priority: bigint } | null = null;
    for (const pair of this.#pairs.values()) {
      if (!matches(pair)) continue;
      const priority = pairPriority(pair, role);
      if (best === null || priority > best.priority) best = { pair, priority };
    }
    return best?.pair ?? null;
  }

  /** The oldest that failed, or the oldest that waits or was valid once; never one that is being checked. */
  #useless(selected: Pair | null): Pair | null {
    const pairs = [...this.#pairs.values()].filter((pair) => pair !== selected);
    const inState = (type: PairState['type']) => pairs.find(({ state }) => state.type === type);
    return inState('failed') ?? inState('waiting') ?? inState('valid') ?? null;
  }
}

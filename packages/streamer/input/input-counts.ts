import type { ViewerInput } from '@moonshare/contract';

/** How often each kind occurred. */
export type KindCounts = Partial<Record<ViewerInput['kind'], number>>;

/** How much each participant has sent to the host since it was last asked, by kind; never what. Pure. */
export class InputCounts {
  readonly #counts = new Map<string, KindCounts>();

  add(id: string, kind: ViewerInput['kind']): void {
    const counts = this.#counts.get(id) ?? {};
    this.#counts.set(id, counts);
    counts[kind] = (counts[kind] ?? 0) + 1;
  }

  /** null: nothing. */
  take(id: string): KindCounts | null {
    const counts = this.#counts.get(id) ?? null;
    this.#counts.delete(id);
    return counts;
  }

  /** Of everybody who has sent anything. */
  takeAll(): [id: string, counts: KindCounts][] {
    const all = [...this.#counts];
    this.#counts.clear();
    return all;
  }
}

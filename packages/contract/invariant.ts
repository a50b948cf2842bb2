/**
 * Throws if something that is always true is not: a fault of ours, which would otherwise go on unseen. `broken` says what went
 * wrong; keep it a constant, as callers are on hot paths.
 */
export function invariant(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(`Invariant broken: ${broken}`);
}

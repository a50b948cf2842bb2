/**
 * Throws if something that must always hold does not: a bug of ours that would otherwise go unnoticed. `broken` says what went
 * wrong; keep it a constant, since callers are on hot paths.
 */
export function invariant(holds: boolean, broken: string): asserts holds {
  if (!holds) throw new Error(`Invariant broken: ${broken}`);
}

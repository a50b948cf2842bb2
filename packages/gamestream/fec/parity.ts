import type { ErasureCode } from './erasure-code.ts';
import { invertMatrix, productRow } from './gf256.ts';

/**
 * Adds `sum of coefficients[i] · sources[i]` to `out`, over the length of `out`. A shorter source counts as padded with zeros.
 * Four full-length sources per pass: the loop is bound by loads and stores, and this saves most of those of `out`.
 */
function accumulate(out: Uint8Array, coefficients: ArrayLike<number>, sources: readonly Uint8Array[]): void {
  const length = out.length;
  let at = 0;
  for (; at + 4 <= sources.length; at += 4) {
    const a = sources[at]!;
    const b = sources[at + 1]!;
    const c = sources[at + 2]!;
    const d = sources[at + 3]!;
    if (a.length < length || b.length < length || c.length < length || d.length < length) break;
    const rowA = productRow(coefficients[at]!);
    const rowB = productRow(coefficients[at + 1]!);
    const rowC = productRow(coefficients[at + 2]!);
    const rowD = productRow(coefficients[at + 3]!);
    for (let i = 0; i < length; i += 1) {
      out[i]! ^= rowA[a[i]!]! ^ rowB[b[i]!]! ^ rowC[c[i]!]! ^ rowD[d[i]!]!;
    }
  }
  for (; at < sources.length; at += 1) {
    const source = sources[at]!;
    const row = productRow(coefficients[at]!);
    const end = Math.min(length, source.length);
    for (let i = 0; i < end; i += 1) out[i]! ^= row[source[i]!]!;
  }
}

/** The parity shards, each as long as the longest data shard. `data` has `code.dataShards` entries. */
export function encodeParity(code: ErasureCode, data: readonly Uint8Array[]): Buffer[] {
  let length = 0;
  for (const shard of data) length = Math.max(length, shard.length);
  return code.rows.map((row) => {
    const parity = Buffer.alloc(length);
    accumulate(parity, row, data);
    return parity;
  });
}

/**
 * Rebuilds the missing data shards from any present ones, protocol/3 §3.4. `data` and `parity` have the code's lengths, undefined
 * where a shard is missing; parity shards have `length` bytes, data shards at most that. Returns the rebuilt shards by data index,
 * `length` bytes each; an empty map if nothing is missing, null if too much is.
 */
export function recoverData(
  code: ErasureCode,
  data: readonly (Uint8Array | undefined)[],
  parity: readonly (Uint8Array | undefined)[],
  length: number,
): Map<number, Buffer> | null {
  const missing: number[] = [];
  const present: number[] = [];
  const sources: Uint8Array[] = [];
  for (let i = 0; i < code.dataShards; i += 1) {
    const shard = data[i];
    if (shard === undefined) missing.push(i);
    else {
      present.push(i);
      sources.push(shard);
    }
  }
  const recovered = new Map<number, Buffer>();
  if (missing.length === 0) return recovered;

  const syndromes: Buffer[] = [];
  const matrix: Uint8Array[] = [];
  for (let j = 0; j < code.parityShards && syndromes.length < missing.length; j += 1) {
    const shard = parity[j];
    if (shard === undefined) continue;
    const row = code.rows[j]!;
    const syndrome = Buffer.from(shard);
    accumulate(
      syndrome,
      present.map((i) => row[i]!),
      sources,
    );
    syndromes.push(syndrome);
    matrix.push(Uint8Array.from(missing, (i) => row[i]!));
  }
  if (syndromes.length < missing.length) return null;
  const solution = invertMatrix(matrix);
  if (solution === null) return null;
  for (const [at, index] of missing.entries()) {
    const shard = Buffer.alloc(length);
    accumulate(shard, solution[at]!, syndromes);
    recovered.set(index, shard);
  }
  return recovered;
}

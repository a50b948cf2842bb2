import { GameStreamError } from '../errors.ts';
import { inverse } from './gf256.ts';

/** A systematic erasure code: `parity[j] = sum over i of rows[j][i] · data[i]`, byte by byte. */
export interface ErasureCode {
  dataShards: number;
  parityShards: number;
  /** One row per parity shard, one coefficient per data shard. */
  rows: readonly Uint8Array[];
}

/** Most shards in a block with parity, protocol/3 §3.2. */
export const MAX_CODED_SHARDS = 255;

/** A stream uses few shapes; the largest matrix has 16 KiB. */
const CACHE_LIMIT = 256;
const cache = new Map<number, ErasureCode>();

/** The Cauchy code of the video stream, protocol/3 §3.2: P[j][i] = 1 / ((m + i) XOR j). Needs 1 ≤ k, 1 ≤ m, k + m ≤ 255, else throws INVALID_ARGUMENT. */
export function cauchyCode(dataShards: number, parityShards: number): ErasureCode {
  const key = dataShards * 256 + parityShards;
  const known = cache.get(key);
  if (known !== undefined) return known;
  if (dataShards < 1 || parityShards < 1 || dataShards + parityShards > MAX_CODED_SHARDS) {
    throw new GameStreamError('INVALID_ARGUMENT', `No code for ${dataShards} data and ${parityShards} parity shards`);
  }
  const rows: Uint8Array[] = [];
  for (let j = 0; j < parityShards; j += 1) {
    const row = new Uint8Array(dataShards);
    for (let i = 0; i < dataShards; i += 1) row[i] = inverse((parityShards + i) ^ j);
    rows.push(row);
  }
  const code: ErasureCode = { dataShards, parityShards, rows };
  if (cache.size >= CACHE_LIMIT) cache.delete(cache.keys().next().value!);
  cache.set(key, code);
  return code;
}

/** The fixed Vandermonde code of the audio stream, protocol/3 §3.3. */
export const audioCode: ErasureCode = {
  dataShards: 4,
  parityShards: 2,
  rows: [Uint8Array.of(0x77, 0x40, 0x38, 0x0e), Uint8Array.of(0xc7, 0xa7, 0x0d, 0x6c)],
};

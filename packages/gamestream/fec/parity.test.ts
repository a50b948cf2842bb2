import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { audioCode, cauchyCode, type ErasureCode } from './erasure-code.ts';
import { encodeParity, recoverData } from './parity.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const matrixOf = (code: ErasureCode) => code.rows.map((row) => Buffer.from(row).toString('hex'));

/** Removes the shards whose index (data, then parity) is in `lost`. */
function erase(code: ErasureCode, data: Buffer[], parity: Buffer[], lost: Set<number>) {
  return {
    data: data.map((shard, i) => (lost.has(i) ? undefined : shard)),
    parity: parity.map((shard, j) => (lost.has(code.dataShards + j) ? undefined : shard)),
  };
}

test('the Cauchy matrices match protocol/3 §3.2', () => {
  assert.deepEqual(matrixOf(cauchyCode(1, 2)), ['8e', 'f4']);
  assert.deepEqual(matrixOf(cauchyCode(2, 2)), ['8ef4', 'f48e']);
  assert.deepEqual(matrixOf(cauchyCode(3, 2)), ['8ef447', 'f48ea7']);
  assert.deepEqual(matrixOf(cauchyCode(5, 2)), ['8ef447a77a', 'f48ea747ba']);
  assert.deepEqual(matrixOf(cauchyCode(4, 3)), ['f447a77a', '8ea747ba', '017aba47']);
});

test('a shape too large for the field is refused', () => {
  for (const [k, m] of [
    [0, 1],
    [1, 0],
    [200, 56],
  ] as const) {
    assert.throws(() => cauchyCode(k, m), { code: 'INVALID_ARGUMENT' });
  }
  assert.equal(cauchyCode(200, 55).rows.length, 55);
});

test('the matrix cache does not mix up shapes when it evicts', () => {
  for (let k = 1; k <= 200; k += 1) for (let m = 1; m <= 3; m += 1) cauchyCode(k, m);
  assert.deepEqual(matrixOf(cauchyCode(1, 2)), ['8e', 'f4']);
  assert.deepEqual(matrixOf(cauchyCode(3, 2)), ['8ef447', 'f48ea7']);
});

test('example R-1: parity matches, and d1 and d3 are recovered without p0', () => {
  const code = cauchyCode(4, 3);
  const data = ['0001020304050607', '1011121314151617', 'fffefdfc80402010', '4d4f4f4e4c495445'].map(hex);
  const parity = encodeParity(code, data);
  assert.deepEqual(
    parity.map((shard) => shard.toString('hex')),
    ['a444781662953dfc', '24239145ec9d40b0', '501f41c74e8d3fb6'],
  );
  const present = erase(code, data, parity, new Set([1, 3, 4]));
  const recovered = recoverData(code, present.data, present.parity, 8);
  assert.deepEqual(recovered, new Map([1, 3].map((i) => [i, data[i]!])));
});

test('the audio matrix recovers all 15 pairs of erasures', () => {
  const data = ['ec01020304050607', 'ec11121314151617', 'ec21222324252627', 'ec80402010080402'].map(hex);
  const parity = encodeParity(audioCode, data);
  assert.deepEqual(
    parity.map((shard) => shard.toString('hex')),
    ['ec7b9eebfb643d16', 'ec76c7a9389cc1d9'],
  );
  for (let a = 0; a < 6; a += 1) {
    for (let b = a + 1; b < 6; b += 1) {
      const present = erase(audioCode, data, parity, new Set([a, b]));
      const recovered = recoverData(audioCode, present.data, present.parity, 8);
      assert.ok(recovered !== null);
      assert.deepEqual(
        [...recovered.keys()],
        [a, b].filter((i) => i < 4),
      );
      for (const [i, shard] of recovered) assert.deepEqual(shard, data[i]);
    }
  }
});

test('up to m erased shards are recovered; with more erased, recovery is refused', () => {
  const shape = fc
    .tuple(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 70 }))
    .chain(([k, m, length]) =>
      fc.record({
        k: fc.constant(k),
        m: fc.constant(m),
        data: fc.array(fc.uint8Array({ minLength: length, maxLength: length }), { minLength: k, maxLength: k }),
        lost: fc.uniqueArray(fc.nat(k + m - 1), { maxLength: k + m }),
      }),
    );
  fc.assert(
    fc.property(shape, ({ k, m, data, lost }) => {
      const code = cauchyCode(k, m);
      const shards = data.map((shard) => Buffer.from(shard));
      const parity = encodeParity(code, shards);
      const present = erase(code, shards, parity, new Set(lost));
      const recovered = recoverData(code, present.data, present.parity, shards[0]!.length);
      const lostData = lost.filter((i) => i < k).sort((a, b) => a - b);
      if (lostData.length > m - (lost.length - lostData.length)) assert.equal(recovered, null);
      else assert.deepEqual(recovered, new Map(lostData.map((i) => [i, shards[i]!])));
    }),
    { numRuns: 200 },
  );
});

test('a shorter data shard is treated as padded with zeros', () => {
  const code = cauchyCode(6, 2);
  const data = Array.from({ length: 6 }, (_, i) => Buffer.alloc(i === 5 ? 3 : 9, i + 1));
  const padded = Buffer.concat([data[5]!, Buffer.alloc(6)]);
  const parity = encodeParity(code, data);
  assert.deepEqual(parity, encodeParity(code, [...data.slice(0, 5), padded]));
  assert.deepEqual(recoverData(code, [undefined, ...data.slice(1)], parity, 9), new Map([[0, data[0]!]]));
  assert.deepEqual(recoverData(code, [...data.slice(0, 5), undefined], parity, 9), new Map([[5, padded]]));
});

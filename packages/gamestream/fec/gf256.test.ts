import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inverse, invertMatrix, multiply, productRow } from './gf256.ts';

/** Multiplication by definition: shift and add, reduced by the polynomial. */
function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit += 1) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 14; bit >= 8; bit -= 1) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8);
  return product;
}

test('products and inverses match protocol/3 §3.1', () => {
  assert.equal(multiply(0x80, 2), 0x1d);
  assert.equal(multiply(0x53, 0xca), 0x8f);
  const power = (n: number) => Array.from({ length: n }).reduce<number>((value) => multiply(value, 2), 1);
  assert.deepEqual([8, 25, 254].map(power), [0x1d, 0x03, 0x8e]);
  assert.deepEqual([2, 3, 4, 5, 6, 7].map(inverse), [0x8e, 0xf4, 0x47, 0xa7, 0x7a, 0xba]);
});

test('products and rows agree with shift-and-add for every pair', () => {
  for (let a = 0; a < 256; a += 1) {
    const row = productRow(a);
    for (let b = 0; b < 256; b += 1) {
      const expected = slowMultiply(a, b);
      if (multiply(a, b) !== expected || row[b] !== expected) assert.fail(`${a} · ${b}`);
    }
    if (a !== 0) assert.equal(multiply(a, inverse(a)), 1);
  }
});

test('a matrix is inverted, even if rows must be swapped; a singular one is refused', () => {
  assert.deepEqual(invertMatrix([Uint8Array.of(0xa7, 0xba), Uint8Array.of(0x7a, 0x47)]), [
    Uint8Array.of(0x1b, 0x14),
    Uint8Array.of(0x12, 0x1c),
  ]);
  assert.deepEqual(invertMatrix([Uint8Array.of(0, 1), Uint8Array.of(1, 0)]), [
    Uint8Array.of(0, 1),
    Uint8Array.of(1, 0),
  ]);
  assert.equal(invertMatrix([Uint8Array.of(1, 2), Uint8Array.of(2, 4)]), null);
});

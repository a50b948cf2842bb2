/** Arithmetic in GF(2^8) with polynomial 0x11d and generator 2, protocol/3 §3.1. Addition is XOR. */

const POLYNOMIAL = 0x11d;

const exp = new Uint8Array(512);
const log = new Uint8Array(256);
for (let i = 0, value = 1; i < 255; i += 1) {
  exp[i] = value;
  exp[i + 255] = value;
  log[value] = i;
  value <<= 1;
  if (value > 0xff) value ^= POLYNOMIAL;
}

export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : exp[log[a]! + log[b]!]!;
}

/** `value` is not 0. */
export function inverse(value: number): number {
  return exp[255 - log[value]!]!;
}

/** rows[c][x] = c·x. 64 KiB, so that the inner loop of a coder is one look-up per byte. */
const rows: Uint8Array[] = [];
for (let c = 0; c < 256; c += 1) {
  const row = new Uint8Array(256);
  for (let x = 0; x < 256; x += 1) row[x] = multiply(c, x);
  rows.push(row);
}

/** The 256 products of `coefficient`. */
export function productRow(coefficient: number): Uint8Array {
  return rows[coefficient]!;
}

/**
 * Inverse of a square matrix, by Gauss-Jordan; null if it is singular. `matrix` is overwritten.
 * Rows are of length `size`.
 */
export function invertMatrix(matrix: Uint8Array[]): Uint8Array[] | null {
  const size = matrix.length;
  const result = matrix.map((_, row) => {
    const unit = new Uint8Array(size);
    unit[row] = 1;
    return unit;
  });
  for (let column = 0; column < size; column += 1) {
    let pivot = column;
    while (pivot < size && matrix[pivot]![column] === 0) pivot += 1;
    if (pivot === size) return null;
    [matrix[column], matrix[pivot]] = [matrix[pivot]!, matrix[column]!];
    [result[column], result[pivot]] = [result[pivot]!, result[column]!];
    const scale = productRow(inverse(matrix[column]![column]!));
    for (let i = 0; i < size; i += 1) {
      matrix[column]![i] = scale[matrix[column]![i]!]!;
      result[column]![i] = scale[result[column]![i]!]!;
    }
    for (let row = 0; row < size; row += 1) {
      const factor = matrix[row]![column]!;
      if (row === column || factor === 0) continue;
      const product = productRow(factor);
      for (let i = 0; i < size; i += 1) {
        matrix[row]![i]! ^= product[matrix[column]![i]!]!;
        result[row]![i]! ^= product[result[column]![i]!]!;
      }
    }
  }
  return result;
}

import { BitstreamError } from './errors.ts';

/** The payload of a NAL unit without its emulation prevention bytes (`000003` becomes `0000`). */
export function unescapeRbsp(nal: Buffer, headerLength: number): Buffer {
  const out = Buffer.allocUnsafe(Math.max(0, nal.length - headerLength));
  let length = 0;
  let zeros = 0;
  for (let at = headerLength; at < nal.length; at += 1) {
    const byte = nal[at]!;
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length] = byte;
    length += 1;
  }
  return out.subarray(0, length);
}

/** The inverse of `unescapeRbsp`: prepends `header` and inserts emulation prevention bytes. */
export function escapeRbsp(header: Buffer, rbsp: Buffer): Buffer {
  const out: number[] = [];
  let zeros = 0;
  for (const byte of rbsp) {
    if (zeros >= 2 && byte <= 3) {
      out.push(3);
      zeros = 0;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out.push(byte);
  }
  return Buffer.concat([header, Buffer.from(out)]);
}

/** Reads bits, most significant first. Every read past the end throws BitstreamError. */
export class BitReader {
  #data: Buffer;
  #bit = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  /** Bits read so far. */
  get position(): number {
    return this.#bit;
  }

  get remaining(): number {
    return this.#data.length * 8 - this.#bit;
  }

  bit(): number {
    const byte = this.#data[this.#bit >> 3];
    if (byte === undefined) throw new BitstreamError('The parameter set ends too early');
    const value = (byte >> (7 - (this.#bit & 7))) & 1;
    this.#bit += 1;
    return value;
  }

  /** Up to 32 bits, unsigned. */
  bits(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + this.bit();
    return value;
  }

  flag(): boolean {
    return this.bit() === 1;
  }

  skip(count: number): void {
    if (count > this.remaining) throw new BitstreamError('The parameter set ends too early');
    this.#bit += count;
  }

  /** Unsigned exp-Golomb, at most 32 leading zeros. */
  ue(): number {
    let zeros = 0;
    while (this.bit() === 0) {
      zeros += 1;
      if (zeros > 32) throw new BitstreamError('An exp-Golomb number longer than 32 bits');
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed exp-Golomb. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : 0 - code / 2;
  }
}

/** Collects bits, most significant first. */
export class BitWriter {
  #bits: number[] = [];

  bit(value: number): void {
    this.#bits.push(value & 1);
  }

  bits(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i -= 1) this.bit(Math.floor(value / 2 ** i) % 2);
  }

  ue(value: number): void {
    const length = Math.floor(Math.log2(value + 1));
    this.bits(0, length);
    this.bits(value + 1, length + 1);
  }

  /** The bits, followed by the RBSP stop bit and zeros up to a whole byte. */
  finish(): Buffer {
    this.bit(1);
    while (this.#bits.length % 8 !== 0) this.bit(0);
    const out = Buffer.alloc(this.#bits.length / 8);
    for (const [at, bit] of this.#bits.entries()) out[at >> 3]! |= bit << (7 - (at & 7));
    return out;
  }
}

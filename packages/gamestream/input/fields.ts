import { GameStreamError } from '../errors.ts';

/** Writes the body of an input packet field by field. Errors: INVALID_ARGUMENT for a value that does not fit. */
export class FieldWriter {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at: number) {
    this.#buffer = buffer;
    this.#at = at;
  }

  u8(value: number, name: string): this {
    return this.#put(this.#buffer.writeUInt8(inRange(value, 0, 0xff, name), this.#at));
  }

  u16le(value: number, name: string): this {
    return this.#put(this.#buffer.writeUInt16LE(inRange(value, 0, 0xffff, name), this.#at));
  }

  u32le(value: number, name: string): this {
    return this.#put(this.#buffer.writeUInt32LE(inRange(value, 0, 0xffffffff, name), this.#at));
  }

  s16le(value: number, name: string): this {
    return this.#put(this.#buffer.writeInt16LE(inRange(value, -0x8000, 0x7fff, name), this.#at));
  }

  s16be(value: number, name: string): this {
    return this.#put(this.#buffer.writeInt16BE(inRange(value, -0x8000, 0x7fff, name), this.#at));
  }

  f32le(value: number, name: string): this {
    if (!Number.isFinite(value)) throw notInRange(value, name);
    return this.#put(this.#buffer.writeFloatLE(value, this.#at));
  }

  skip(bytes: number): this {
    return this.#put(this.#at + bytes);
  }

  #put(next: number): this {
    this.#at = next;
    return this;
  }
}

/** Errors: INVALID_ARGUMENT unless `value` is an integer from `low` to `high`. */
export function inRange(value: number, low: number, high: number, name: string): number {
  if (!Number.isInteger(value) || value < low || value > high) throw notInRange(value, name);
  return value;
}

function notInRange(value: number, name: string): GameStreamError {
  return new GameStreamError('INVALID_ARGUMENT', `input field ${name} cannot be ${value}`);
}

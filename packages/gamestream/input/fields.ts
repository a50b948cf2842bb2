import { GameStreamError } from '../errors.ts';
import { POINTER_EVENTS } from './kind.ts';

/** The fields of a packet by name, while it is written or read. */
type Values = Record<string, unknown>;

/** One field of a packet's body. `write` throws INVALID_ARGUMENT for a value that does not fit; `read` returns false if there is none. */
export interface Field<Name extends string> {
  /** undefined: bytes that hold no value of the packet. */
  readonly name: Name | undefined;
  readonly bytes: number;
  write(body: Buffer, at: number, values: Values): void;
  read(body: Buffer, at: number, values: Values): boolean;
}

function integer(
  bytes: number,
  low: number,
  high: number,
  type: 'UInt8' | 'UInt16LE' | 'UInt32LE' | 'Int16LE' | 'Int16BE',
) {
  return <Name extends string>(name: Name): Field<Name> => ({
    name,
    bytes,
    write: (body, at, values) => void body[`write${type}`](inRange(values[name], low, high, name), at),
    read: (body, at, values) => {
      values[name] = body[`read${type}`](at);
      return true;
    },
  });
}

export const u8 = integer(1, 0, 0xff, 'UInt8');
export const u16le = integer(2, 0, 0xffff, 'UInt16LE');
export const u32le = integer(4, 0, 0xffffffff, 'UInt32LE');
export const s16le = integer(2, -0x8000, 0x7fff, 'Int16LE');
export const s16be = integer(2, -0x8000, 0x7fff, 'Int16BE');

export function f32le<Name extends string>(name: Name): Field<Name> {
  return {
    name,
    bytes: 4,
    write: (body, at, values) => {
      const value = values[name];
      if (!Number.isFinite(value)) throw notInRange(value, name);
      body.writeFloatLE(value as number, at);
    },
    read: (body, at, values) => {
      values[name] = body.readFloatLE(at);
      return Number.isFinite(values[name]);
    },
  };
}

/** 16 bits, 0 is false. */
export function flag<Name extends string>(name: Name): Field<Name> {
  return {
    name,
    bytes: 2,
    write: (body, at, values) => void body.writeUInt16LE(values[name] === true ? 1 : 0, at),
    read: (body, at, values) => {
      values[name] = body.readUInt16LE(at) !== 0;
      return true;
    },
  };
}

/** A pointer event, as a number. */
export const pointerEvent: Field<'event'> = {
  name: 'event',
  bytes: 1,
  write: (body, at, { event }) =>
    void body.writeUInt8(inRange(POINTER_EVENTS.indexOf(event as never), 0, 7, 'event'), at),
  read: (body, at, values) => {
    values.event = POINTER_EVENTS[body[at]!];
    return values.event !== undefined;
  },
};

/** A reference size, one less on the wire. Hosts ignore 0, and 1 would divide by 0. */
export function size<Name extends string>(name: Name): Field<Name> {
  return {
    name,
    bytes: 2,
    write: (body, at, values) => void body.writeInt16BE(inRange(values[name], 2, 0x8000, name) - 1, at),
    read: (body, at, values) => {
      const value = body.readInt16BE(at) + 1;
      values[name] = value;
      return value >= 2;
    },
  };
}

/** The buttons of a controller, in two halves: the low one comes first. */
export const lowButtons: Field<'buttons'> = {
  name: 'buttons',
  bytes: 2,
  write: (body, at, { buttons }) => void body.writeUInt16LE(inRange(buttons, 0, 0xffffffff, 'buttons') & 0xffff, at),
  read: (body, at, values) => {
    values.buttons = body.readUInt16LE(at);
    return true;
  },
};
export const highButtons: Field<'buttons'> = {
  name: 'buttons',
  bytes: 2,
  write: (body, at, { buttons }) => void body.writeUInt16LE((buttons as number) >>> 16, at),
  read: (body, at, values) => {
    values.buttons = (values.buttons as number) + body.readUInt16LE(at) * 0x10000;
    return true;
  },
};

/** Written, but ignored when read. */
export function constant(word: number): Field<never> {
  return { name: undefined, bytes: 2, write: (body, at) => void body.writeUInt16LE(word, at), read: () => true };
}

export function skip(bytes: number): Field<never> {
  return { name: undefined, bytes, write: () => {}, read: () => true };
}

/** Errors: INVALID_ARGUMENT unless `value` is an integer from `low` to `high`. */
export function inRange(value: unknown, low: number, high: number, name: string): number {
  if (!Number.isInteger(value) || (value as number) < low || (value as number) > high) throw notInRange(value, name);
  return value as number;
}

function notInRange(value: unknown, name: string): GameStreamError {
  return new GameStreamError('INVALID_ARGUMENT', `input field ${name} cannot be ${value}`);
}

import { clamp } from '../clamp.ts';

/** Field helpers shared by the channel codecs. They run in browsers too: no Buffer. */

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Nearest integer within the bounds; NaN becomes 0. */
export function toInteger(value: number, min: number, max: number): number {
  return clamp(Math.round(value) || 0, min, max);
}

export const toI8 = (value: number): number => toInteger(value, -0x80, 0x7f);
export const toI16 = (value: number): number => toInteger(value, -0x8000, 0x7fff);
export const toU8 = (value: number): number => toInteger(value, 0, 0xff);
export const toU16 = (value: number): number => toInteger(value, 0, 0xffff);
export const toU32 = (value: number): number => toInteger(value, 0, 0xffff_ffff);

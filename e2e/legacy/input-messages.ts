/** Data channel messages as legacy front ends write them, protocol/4 §5: all integers big-endian. */

export const move = (dx: number, dy: number) => [0, ...i16(dx), ...i16(dy)];
export const position = (x: number, y: number, w: number, h: number) => [1, ...i16(x), ...i16(y), ...i16(w), ...i16(h)];
export const button = (number: number, down: boolean) => [2, Number(down), number];
export const wheelPixels = (dx: number, dy: number) => [3, ...i16(dx), ...i16(dy)];
export const wheelNotches = (dx: number, dy: number) => [4, dx & 0xff, dy & 0xff];
export const key = (virtualKey: number, down: boolean, modifiers = 0) => [
  0,
  Number(down),
  modifiers,
  ...i16(virtualKey),
];

/** One sender gives the length in UTF-16 units, another in bytes. */
export const text = (content: string, length: number) => [1, length, ...new TextEncoder().encode(content)];

/** 27 bytes are right; one sender sends 28. */
export function touch(event: 'down' | 'move' | 'up', pointer: number, x: number, y: number, size = 27): number[] {
  const [pressure, major, minor, rotation] = [1, 0, 0, 90];
  const floats = [x, y, pressure, major, minor].flatMap(f32);
  const message = [['down', 'move', 'up'].indexOf(event), ...u32(pointer), ...floats, ...i16(rotation)];
  return [...message, ...Array<number>(size - message.length).fill(0)];
}

export const addPad = (id: number, buttons: number, capabilities: number) => [
  0,
  id,
  ...u32(buttons),
  ...i16(capabilities),
];
export const removePad = (id: number) => [1, id];

export function pad(state: { buttons: number; leftTrigger?: number; leftX?: number; leftY?: number }): number[] {
  const { buttons, leftTrigger = 0, leftX = 0, leftY = 0 } = state;
  return [0, ...u32(buttons), leftTrigger, 0, ...i16(leftX), ...i16(leftY), ...i16(0), ...i16(0)];
}

function i16(value: number): number[] {
  return [(value >> 8) & 0xff, value & 0xff];
}

function u32(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
}

function f32(value: number): number[] {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return [...bytes];
}

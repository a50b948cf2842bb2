/** Whether the TSN `a` comes after `b`: they count modulo 2^32 (RFC 1982). */
export function isAfter(a: number, b: number): boolean {
  const ahead = (a - b) >>> 0;
  return ahead !== 0 && ahead < 0x8000_0000;
}

/** How many numbers `to` is ahead of `from`, 0 to 2^32 - 1. */
export function distance(from: number, to: number): number {
  return (to - from) >>> 0;
}

export function plus(number: number, count: number): number {
  return (number + count) >>> 0;
}

/** The same for stream sequence numbers, which are 16 bits wide. */
export function isAfter16(a: number, b: number): boolean {
  const ahead = (a - b) & 0xffff;
  return ahead !== 0 && ahead < 0x8000;
}

/** 16-bit sequence numbers in blocks of 4096, protocol/2 §1.7. */
export const BLOCKS = 16;
export const BLOCK_SIZE = 4096;
/** Blocks ahead of the last delivered one that are still accepted. */
const ACCEPTED_BLOCKS = 7;

export function next16(seq: number): number {
  return (seq + 1) & 0xffff;
}

export function blockOf(seq: number): number {
  return seq >> 12;
}

/** Blocks from the last delivered number to `seq`; a smaller number counts as one lap ahead. */
function blocksAhead(last: number, seq: number): number {
  return blockOf(seq) + (seq < last ? BLOCKS : 0) - blockOf(last);
}

/** Neither old nor implausibly new. */
export function inReceiveWindow(last: number, seq: number): boolean {
  return blocksAhead(last, seq) < ACCEPTED_BLOCKS;
}

/** Numbers just beyond the window get no ACK, so that their sender retries; old ones do, protocol/2 §1.8. */
export function isAcknowledged(last: number, seq: number): boolean {
  const ahead = blocksAhead(last, seq);
  return ahead !== ACCEPTED_BLOCKS && ahead !== ACCEPTED_BLOCKS + 1;
}

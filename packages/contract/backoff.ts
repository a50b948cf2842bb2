/** How long to wait before attempt 1, 2, … in ms: `firstMs`, doubled each time, up to `largestMs`. */
export function backoffMs(attempt: number, firstMs: number, largestMs: number): number {
  return Math.min(largestMs, firstMs * 2 ** (attempt - 1));
}

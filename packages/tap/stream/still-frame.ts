/** A frame in which nothing changes takes a few bytes, and a little for each block of 64x64 pixels. */
const STILL_BYTES = 64;
const BLOCK_PIXELS = 64 * 64;
const BYTES_PER_BLOCK = 0.25;

/** Whether a frame that is no key frame is so small that its picture is the one before. `pixels`: of the whole picture. */
export function isStill(bytes: number, pixels: number): boolean {
  return bytes <= STILL_BYTES + (pixels / BLOCK_PIXELS) * BYTES_PER_BLOCK;
}

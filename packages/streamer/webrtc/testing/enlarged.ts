/** Stands behind a slice as often as one likes, H.264 §7.4.2.10. */
const CABAC_ZERO_WORD = Buffer.of(0, 0, 3);

/** An H.264 frame of at least so many bytes that shows what it did. */
export function enlarged(data: Buffer, bytes: number): Buffer {
  return Buffer.concat([data, Buffer.alloc(Math.ceil((bytes - data.length) / 3) * 3, CABAC_ZERO_WORD)]);
}

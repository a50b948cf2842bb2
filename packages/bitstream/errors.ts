/** Bytes that no parser accepts. */
export class BitstreamError extends Error {
  override readonly name = 'BitstreamError';
  readonly code = 'MALFORMED_BITSTREAM';
}

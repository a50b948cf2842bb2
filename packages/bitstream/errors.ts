/** Thrown for bytes that a parser does not accept. */
export class BitstreamError extends Error {
  override readonly name = 'BitstreamError';
  readonly code = 'MALFORMED_BITSTREAM';
}

import type { OpusEncoder } from './opus-encoder.ts';
import type { VideoEncoder } from './video-encoder.ts';

export interface Encoders {
  VideoEncoder: typeof VideoEncoder;
  OpusEncoder: typeof OpusEncoder;
}

/** The encoders' package contains a GPL FFmpeg, so it is for development only and does not ship. */
export class EncodersMissingError extends Error {
  override readonly name = 'EncodersMissingError';

  constructor(cause: unknown) {
    super('The virtual host needs the package node-av, which does not come with it: npm install --no-save node-av@6', {
      cause,
    });
  }
}

/** Loads the encoders only when needed, so that everything else works without. Throws EncodersMissingError. */
export async function loadEncoders(): Promise<Encoders> {
  try {
    const [{ VideoEncoder }, { OpusEncoder }] = await Promise.all([
      import('./video-encoder.ts'),
      import('./opus-encoder.ts'),
    ]);
    return { VideoEncoder, OpusEncoder };
  } catch (cause) {
    throw cause instanceof Error && cause.message.includes('node-av') ? new EncodersMissingError(cause) : cause;
  }
}

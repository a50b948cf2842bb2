import type { frameBrightness } from './brightness.ts';
import type { encodePicture } from './picture-encoder.ts';
import type { StreamDecoder } from './stream-decoder.ts';

/** What needs node-av. */
export interface Codecs {
  openDecoder: typeof StreamDecoder.open;
  encodePicture: typeof encodePicture;
  frameBrightness: typeof frameBrightness;
}

/** node-av is optional, and contains a GPL FFmpeg: whoever wants pictures installs it. Rejects if it is not here. */
export async function loadCodecs(): Promise<Codecs> {
  const [{ StreamDecoder }, { encodePicture }, { frameBrightness }] = await Promise.all([
    import('./stream-decoder.ts'),
    import('./picture-encoder.ts'),
    import('./brightness.ts'),
  ]);
  return { openDecoder: StreamDecoder.open, encodePicture, frameBrightness };
}

import { mediaSourceType } from './media-source/media-source-type.ts';

/** How this browser plays what comes over a media socket. */
export type PlayerKind =
  /** With decoders of our own: what is shown is as new as it can be. */
  | 'webCodecs'
  /** With the browser's own player, where there are no such decoders: on pages that came over plain HTTP, and in older browsers. */
  | 'mediaSource';

/** null: it cannot. */
export function playerKind(): PlayerKind | null {
  if ([typeof VideoDecoder, typeof AudioDecoder, typeof AudioWorkletNode].every((type) => type === 'function'))
    return 'webCodecs';
  return mediaSourceType() === null ? null : 'mediaSource';
}

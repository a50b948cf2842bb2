import type { MediaTransport } from '../transport/media-transport.ts';
import { MediaSocketPlayer, type PlayerOptions } from './media-socket-player.ts';
import { MediaSourcePlayer } from './media-source/media-source-player.ts';
import { isManaged, mediaSourceType } from './media-source/source-buffer-queue.ts';

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

/** Loads what a player will need, since by then the network may be down. May be called more than once. */
export function preparePlayer(): void {
  if (playerKind() === 'webCodecs') MediaSocketPlayer.prepare();
}

export function createPlayer({ url, stereo, events }: PlayerOptions): MediaTransport {
  if (playerKind() === 'webCodecs') return new MediaSocketPlayer({ url, stereo, events });
  // Whether Safari, the one with managed sources, plays Opus with more than two channels from MP4 has not been tried.
  return new MediaSourcePlayer({ url, takesSurround: !stereo && !isManaged(), events });
}

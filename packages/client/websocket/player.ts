import type { MediaTransport } from '../transport/media-transport.ts';
import { MediaSocketPlayer, type PlayerOptions } from './media-socket-player.ts';
import { MediaSourcePlayer } from './media-source/media-source-player.ts';
import { isManaged } from './media-source/media-source-type.ts';
import { playerKind } from './player-kind.ts';

/** Loads what a player will need, since by then the network may be down. May be called more than once. */
export function preparePlayer(): void {
  if (playerKind() === 'webCodecs') MediaSocketPlayer.prepare();
}

export function createPlayer({ url, stereo, events }: PlayerOptions): MediaTransport {
  if (playerKind() === 'webCodecs') return new MediaSocketPlayer({ url, stereo, events });
  // Whether Safari, the one with managed sources, plays Opus with more than two channels from MP4 has not been tried.
  return new MediaSourcePlayer({ url, takesSurround: !stereo && !isManaged(), events });
}

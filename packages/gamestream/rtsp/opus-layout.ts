import { GameStreamError } from '../errors.ts';
import type { OpusLayout } from '../types.ts';

/** The layouts Sunshine announces in DESCRIBE: normal and high quality for 2, 6 and 8 channels, protocol/1 §8.4. */
export const SUNSHINE_OPUS_LINES = ['21101', '21101', '642012453', '660012345', '85301245367', '88001234567'] as const;

/** Sunshine rotates too few indices of this line; its encoder uses the identity, protocol/3 §8.4. */
const SUNSHINE_71 = '85301245367';

/**
 * The layout a client decodes with, protocol/1 §8.4: the first line with that channel count is normal quality, the second
 * high quality. Null = no high quality offered. Throws HOST_UNSUPPORTED without a layout, HOST_BAD_REPLY for a broken one.
 */
export function chooseOpusLayout(
  lines: string[],
  options: { channels: 2 | 6 | 8; highQuality: boolean; sunshine: boolean },
): OpusLayout | null {
  const { channels, highQuality, sunshine } = options;
  const [normal, high] = lines.filter((line) => line.startsWith(String(channels)));
  if (highQuality) return high === undefined ? null : parseLayout(high);
  if (channels === 2) return { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] };
  if (normal === undefined) {
    if (channels === 6) return { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 4, 1, 5, 2, 3] };
    throw new GameStreamError('HOST_UNSUPPORTED', 'The host offers no 7.1 sound', { hint: 'Choose 5.1 or stereo.' });
  }
  const layout = parseLayout(normal);
  if (sunshine && normal === SUNSHINE_71) return { ...layout, mapping: [0, 1, 2, 3, 4, 5, 6, 7] };
  // The wire lists LFE last; it belongs at index 3.
  const { mapping } = layout;
  return { ...layout, mapping: [...mapping.slice(0, 3), mapping.at(-1)!, ...mapping.slice(3, -1)] };
}

/** Digits: channels, streams, coupled streams, then a mapping digit per channel. */
function parseLayout(digits: string): OpusLayout {
  const [channels = 0, streams = 0, coupledStreams = 0, ...rest] = [...digits].map(Number);
  const mapping = rest.slice(0, channels);
  const valid =
    streams >= 1 &&
    coupledStreams <= streams &&
    mapping.length === channels &&
    mapping.every((coded) => coded < streams + coupledStreams);
  if (!valid) throw new GameStreamError('HOST_BAD_REPLY', 'The sound layout of the host is impossible');
  return { channels, streams, coupledStreams, mapping };
}

import type { VideoConfiguration } from '@moonshare/contract/browser';

/** H.273 numbers that WebCodecs has names for. */
const PRIMARIES: Readonly<Record<number, VideoColorPrimaries>> = { 1: 'bt709', 5: 'bt470bg', 6: 'smpte170m' };
const TRANSFER: Readonly<Record<number, VideoTransferCharacteristics>> = {
  1: 'bt709',
  6: 'smpte170m',
  13: 'iec61966-2-1',
};
const MATRIX: Readonly<Record<number, VideoMatrixCoefficients>> = {
  0: 'rgb',
  1: 'bt709',
  5: 'bt470bg',
  6: 'smpte170m',
};

/** For the decoder's configuration; null: leave it to what the stream itself says. */
export function colourSpace({ primaries, transfer, matrix, fullRange }: VideoConfiguration['colour']): {
  primaries: VideoColorPrimaries;
  transfer: VideoTransferCharacteristics;
  matrix: VideoMatrixCoefficients;
  fullRange: boolean;
} | null {
  const named = { primaries: PRIMARIES[primaries], transfer: TRANSFER[transfer], matrix: MATRIX[matrix] };
  if (named.primaries === undefined || named.transfer === undefined || named.matrix === undefined) return null;
  return { primaries: named.primaries, transfer: named.transfer, matrix: named.matrix, fullRange };
}

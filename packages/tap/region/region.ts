import type { Region } from '@moonshare/contract';

/** The region that is asked for is not within the picture. */
export class RegionOutsideError extends Error {
  override readonly name = 'RegionOutsideError';
}

/** All of the picture without a region. Throws a RegionOutsideError. */
export function within({ width, height }: { width: number; height: number }, region: Region | null): Region {
  if (region === null) return { x: 0, y: 0, width, height };
  if (region.x + region.width <= width && region.y + region.height <= height) return region;
  throw new RegionOutsideError(`it is not within the picture, which has ${width}x${height} pixels`);
}

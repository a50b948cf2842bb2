/** How samples become light, as numbers of H.273; 2: the stream does not say. */
export interface Colour {
  primaries: number;
  transfer: number;
  matrix: number;
  fullRange: boolean;
}

export const UNSPECIFIED: Colour = { primaries: 2, transfer: 2, matrix: 2, fullRange: false };

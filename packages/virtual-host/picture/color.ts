/** A colour in Rec.709 limited range, the only colour space this host sends. */
export interface Yuv {
  y: number;
  u: number;
  v: number;
}

/** Rec.709, limited range: luma 16..235, chroma 16..240. `hex` is `#rrggbb`. */
export function yuv(hex: string): Yuv {
  const r = Number.parseInt(hex.slice(1, 3), 16) / 255;
  const g = Number.parseInt(hex.slice(3, 5), 16) / 255;
  const b = Number.parseInt(hex.slice(5, 7), 16) / 255;
  const luma = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return {
    y: Math.round(16 + 219 * luma),
    u: Math.round(128 + (224 * (b - luma)) / 1.8556),
    v: Math.round(128 + (224 * (r - luma)) / 1.5748),
  };
}

export const WHITE: Yuv = { y: 235, u: 128, v: 128 };
export const BLACK: Yuv = { y: 16, u: 128, v: 128 };

/** The colours of the picture, by use. */
export const palette = {
  back: yuv('#0a0f1f'),
  panel: yuv('#131a30'),
  line: yuv('#27325a'),
  faint: yuv('#4b578f'),
  empty: yuv('#1b2442'),
  text: yuv('#e9edff'),
  muted: yuv('#8590ba'),
  accent: yuv('#7ea6ff'),
  held: yuv('#ffb454'),
  heldText: yuv('#2a1a00'),
  good: yuv('#5fe3a1'),
  bad: yuv('#ff7a9c'),
  blue: yuv('#5aa9ff'),
  yellow: yuv('#ffd866'),
  moon: yuv('#fff1c4'),
  crater: yuv('#e2cf95'),
  glow: yuv('#8f9bd8'),
} as const;

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

/** `share` of `to` and the rest of `from`. */
export function mixed(from: Yuv, to: Yuv, share: number): Yuv {
  const mix = (a: number, b: number) => Math.round(a + (b - a) * share);
  return { y: mix(from.y, to.y), u: mix(from.u, to.u), v: mix(from.v, to.v) };
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

/** The colours of the small desktop, by use. */
export const lightPalette = {
  wallpaperTop: yuv('#24567f'),
  wallpaperBottom: yuv('#3f8d96'),
  shadow: yuv('#1d4a68'),
  /** Lighter than what counts as black in a frame number. */
  bar: yuv('#dbe1ea'),
  window: yuv('#f4f6fa'),
  white: yuv('#ffffff'),
  line: yuv('#8796aa'),
  text: yuv('#1c2430'),
  muted: yuv('#5c6b80'),
  active: yuv('#2f66b3'),
  inactive: yuv('#9aa9bd'),
  selection: yuv('#b5d3f7'),
  stripe: yuv('#e6ebf3'),
  red: yuv('#c9403c'),
  green: yuv('#2f8f57'),
  blue: yuv('#3b76cc'),
  pressed: yuv('#27313f'),
  box: yuv('#e9a23b'),
  reached: yuv('#a5dcb8'),
} as const;

import type { App } from '@moonshare/gamestream';
import { Canvas } from '../picture/canvas.ts';
import { palette } from '../picture/color.ts';
import { disc, glow, roundedFrame } from '../picture/mask.ts';
import { encodePng } from '../picture/png.ts';
import { drawText, textWidth } from '../picture/text.ts';

const WIDTH = 300;
const HEIGHT = 400;

/** Box art of an app: a moon and the title. */
export function boxArt(app: App): Buffer {
  const canvas = new Canvas(WIDTH, HEIGHT);
  canvas.fill({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, palette.back);
  canvas.stamp(glow(280, 0.5), 10, 20, palette.glow);
  canvas.stamp(disc(150), 75, 85, palette.moon);
  canvas.stamp(disc(24), 115, 125, palette.crater);
  canvas.stamp(disc(32), 155, 160, palette.crater);
  canvas.stamp(disc(18), 120, 190, palette.crater);
  canvas.stamp(roundedFrame(WIDTH, HEIGHT, 8, 3), 0, 0, palette.line);
  const size = Math.min(4, (WIDTH - 40) / Math.max(1, textWidth(app.title, 1)));
  drawText(canvas, app.title, (WIDTH - textWidth(app.title, size)) / 2, 310, size, palette.text);
  const under = 'Moonshare virtual host';
  drawText(canvas, under, (WIDTH - textWidth(under, 1.5)) / 2, 360, 1.5, palette.muted);
  return encodePng(canvas);
}

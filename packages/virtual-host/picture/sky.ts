import { NOTES, noteIndexAt } from '../encode/tone.ts';
import type { Canvas, Rect } from './canvas.ts';
import { palette, type Yuv, yuv } from './color.ts';
import type { Layout } from './layout.ts';
import { disc, glow, type Mask, MaskCache, makeMask, roundedBox, roundedFrame } from './mask.ts';
import { drawText } from './text.ts';

const shapes = new MaskCache();
const TRAIL = 7;

/** The still part: a night sky with stars. */
export function drawSky(canvas: Canvas, layout: Layout): void {
  const { sky } = layout;
  const bands = 24;
  const radius = layout.px(14);
  const whole = roundedBox(sky.width, sky.height, radius);
  for (let band = 0; band < bands; band++) {
    const top = Math.floor((sky.height * band) / bands);
    const bottom = Math.floor((sky.height * (band + 1)) / bands);
    const slice = {
      width: sky.width,
      height: bottom - top,
      alpha: whole.alpha.subarray(top * sky.width, bottom * sky.width),
    };
    const share = band / (bands - 1);
    const channel = (from: number, to: number) =>
      Math.round(from + (to - from) * share)
        .toString(16)
        .padStart(2, '0');
    canvas.stamp(slice, sky.x, sky.y + top, yuv(`#${channel(14, 44)}${channel(20, 48)}${channel(48, 110)}`));
  }
  drawStars(canvas, layout);
  canvas.stamp(roundedFrame(sky.width, sky.height, radius, Math.max(1, layout.px(2) / 2)), sky.x, sky.y, palette.line);
}

/** Fixed pseudo-random stars, the same in every size. */
function drawStars(canvas: Canvas, layout: Layout): void {
  const { sky } = layout;
  let seed = 20240;
  const next = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return seed / 0x7fffffff;
  };
  for (let star = 0; star < 70; star++) {
    const size = layout.px(next() < 0.15 ? 4 : 2);
    const x = sky.x + layout.px(12) + next() * (sky.width - layout.px(28));
    const y = sky.y + layout.px(12) + next() * (sky.height - layout.px(70));
    canvas.stamp(disc(size), Math.floor(x), Math.floor(y), next() < 0.5 ? palette.glow : palette.text);
  }
}

/**
 * The moving parts of the sky: the moon with a fading trail, the note that is sounding, and a bar that runs
 * through each second. Returns the rectangles it painted. `time` is the wall clock in ms.
 */
export function drawMoving(canvas: Canvas, layout: Layout, time: number): Rect[] {
  const { sky } = layout;
  const size = layout.px(92);
  const halo = layout.px(190);
  const painted: Rect[] = [];
  const stamp = (at: { x: number; y: number }, color: Yuv, key: string, make: () => Mask) => {
    const mask = shapes.get(key, make);
    const left = Math.round(at.x - mask.width / 2);
    const top = Math.round(at.y - mask.height / 2);
    canvas.stamp(mask, left, top, color);
    painted.push({ x: left, y: top, width: mask.width, height: mask.height });
  };
  for (let step = TRAIL; step >= 1; step--) {
    const at = moonAt(sky, layout, time - step * 90);
    const diameter = Math.max(2, 2 * Math.round((size * (0.62 - 0.06 * step)) / 2));
    stamp(at, palette.glow, `trail ${diameter}`, () => glow(diameter, 0.5 - 0.05 * step));
  }
  const moon = moonAt(sky, layout, time);
  stamp(moon, palette.glow, `halo ${halo}`, () => glow(halo, 0.4));
  stamp(moon, palette.moon, `moon ${size}`, () => disc(size));
  stamp(moon, palette.crater, `craters ${size}`, () => craters(size));
  painted.push(drawBeat(canvas, layout, time));
  return painted;
}

function moonAt(sky: Rect, layout: Layout, time: number): { x: number; y: number } {
  const seconds = time / 1000;
  const rangeX = sky.width / 2 - layout.px(104);
  const rangeY = sky.height / 2 - layout.px(112);
  return {
    x: sky.x + sky.width / 2 + rangeX * Math.sin(seconds * 0.9),
    y: sky.y + layout.px(146) + rangeY * Math.sin(seconds * 1.43),
  };
}

function craters(size: number): Mask {
  const spots = [
    [0.36, 0.34, 0.11],
    [0.63, 0.55, 0.14],
    [0.38, 0.69, 0.08],
    [0.66, 0.27, 0.06],
    [0.24, 0.53, 0.05],
  ] as const;
  return makeMask(size, size, (x, y) => {
    let most = 0;
    for (const [cx, cy, radius] of spots) {
      most = Math.max(most, radius * size - Math.hypot(x - cx * size, y - cy * size) + 0.5);
    }
    return most;
  });
}

/** The notes as dots, the sounding one lit, and the progress bar of the current second. */
function drawBeat(canvas: Canvas, layout: Layout, time: number): Rect {
  const { sky, px } = layout;
  const area = { x: sky.x + px(20), y: sky.y + sky.height - px(44), width: sky.width - px(40), height: px(34) };
  const current = noteIndexAt(time);
  const note = NOTES[current]!;
  const size = layout.font(2);
  drawText(canvas, `${note.name}  ${Math.round(note.hertz)} Hz`, area.x, area.y, size, palette.text);
  const dot = px(14);
  const shape = shapes.get(`dot ${dot}`, () => disc(dot));
  for (let index = 0; index < NOTES.length; index++) {
    const x = area.x + area.width - (NOTES.length - index) * px(24) + px(10);
    canvas.stamp(shape, x, area.y, index === current ? palette.held : palette.faint);
  }
  const bar = { x: area.x, y: area.y + px(28), width: area.width, height: px(4) };
  canvas.fill(bar, palette.faint);
  canvas.fill({ ...bar, width: ((area.width * (time % 1000)) / 1000) & ~1 }, palette.accent);
  return { x: area.x - px(4), y: area.y - px(4), width: area.width + px(8), height: area.height + px(8) };
}

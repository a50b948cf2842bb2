import type { Desktop } from '../desktop/desktop.ts';
import type { Canvas } from './canvas.ts';
import { palette } from './color.ts';
import type { Layout } from './layout.ts';
import { chipHeight, chipWidth, drawChip, drawPanel, HELD_CHIP, IDLE_CHIP } from './panel.ts';
import { drawText, drawTextRight, textWidth } from './text.ts';

/** The keys that are down, as rows of chips; those that do not fit are counted. */
export function drawKeys(canvas: Canvas, layout: Layout, desktop: Desktop): void {
  const rect = layout.keys;
  drawPanel(canvas, layout, rect, 'KEYS HELD');
  const names = desktop.heldKeyNames();
  const left = rect.x + layout.px(14);
  const right = rect.x + rect.width - layout.px(14);
  const gap = layout.px(6);
  let x = left;
  let y = rect.y + layout.px(32);
  if (names.length === 0) drawText(canvas, 'none', left, y + layout.px(8), layout.font(2), palette.muted);
  for (const [index, name] of names.entries()) {
    if (x + chipWidth(layout, name) > right) {
      x = left;
      y += chipHeight(layout) + gap;
    }
    if (y + chipHeight(layout) > rect.y + rect.height) {
      const rest = `+${names.length - index}`;
      drawTextRight(canvas, rest, right, rect.y + layout.px(12), layout.font(1.5), palette.held);
      break;
    }
    x += drawChip(canvas, layout, name, x, y, HELD_CHIP) + gap;
  }
}

/** The five buttons, the pointer position and the wheel. */
export function drawMouse(canvas: Canvas, layout: Layout, desktop: Desktop): void {
  const rect = layout.mouse;
  drawPanel(canvas, layout, rect, 'MOUSE');
  const heldButtons = desktop.heldButtons();
  let x = rect.x + layout.px(14);
  ['L', 'M', 'R', 'X1', 'X2'].forEach((name, index) => {
    const colors = heldButtons.includes(index + 1) ? HELD_CHIP : IDLE_CHIP;
    x += drawChip(canvas, layout, name, x, rect.y + layout.px(32), colors) + layout.px(6);
  });
  const size = layout.font(2);
  const line = rect.y + layout.px(80);
  const { pointer, wheel } = desktop;
  drawText(canvas, `x ${pointer.x}  y ${pointer.y}`, rect.x + layout.px(14), line, size, palette.text);
  const turned = `wheel ${notches(wheel.vertical)}  ${notches(wheel.horizontal)}`;
  const color = wheel.vertical === 0 && wheel.horizontal === 0 ? palette.muted : palette.text;
  drawTextRight(canvas, turned, rect.x + rect.width - layout.px(14), line, size, color);
}

/** The end of the text typed as text. */
export function drawTyped(canvas: Canvas, layout: Layout, desktop: Desktop): void {
  const rect = layout.text;
  drawPanel(canvas, layout, rect, 'TEXT');
  const size = layout.font(2);
  const fits = Math.floor((rect.width - layout.px(28)) / textWidth('nn', size)) * 2 - 2;
  const typed = [...desktop.text.replace(/\s/g, ' ')].slice(-fits).join('');
  const x = drawText(canvas, typed, rect.x + layout.px(14), rect.y + layout.px(42), size, palette.text);
  canvas.fill(
    { x: 2 * Math.round(x / 2), y: rect.y + layout.px(40), width: layout.px(4), height: layout.px(20) },
    palette.accent,
  );
}

function notches(amount: number): string {
  const value = Math.round((amount / 120) * 10) / 10;
  return value > 0 ? `+${value}` : String(value);
}

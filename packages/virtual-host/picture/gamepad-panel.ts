import { GAMEPAD_BUTTONS, type Gamepad, gamepadTypeName } from '../desktop/gamepad.ts';
import type { Canvas, Rect } from './canvas.ts';
import { palette, type Yuv } from './color.ts';
import type { Layout } from './layout.ts';
import { disc, MaskCache, ring, roundedBox } from './mask.ts';
import { drawFrame } from './panel.ts';
import { drawText } from './text.ts';

const shapes = new MaskCache();

/** One slot: a small drawing of the pad, or just the slot's number while nothing is plugged in. */
export function drawGamepad(canvas: Canvas, layout: Layout, rect: Rect, slot: number, pad: Gamepad | null): void {
  const colors = pad === null ? { back: null, line: palette.empty } : { back: palette.panel, line: palette.accent };
  drawFrame(canvas, layout, rect, { radius: layout.px(10), ...colors });
  const at = { x: rect.x + layout.px(10), y: rect.y + layout.px(9) };
  if (pad === null) {
    drawText(canvas, `PAD ${slot + 1}`, at.x, at.y, layout.font(1.5), palette.faint);
    return;
  }
  const fits = Math.floor((rect.width - layout.px(16)) / (6 * layout.font(1.5)));
  const label = `${slot + 1} ${gamepadTypeName(pad.type)}`.slice(0, fits);
  drawText(canvas, label, at.x, at.y, layout.font(1.5), palette.text);
  drawPad(canvas, layout, rect, pad);
}

function drawPad(canvas: Canvas, { px }: Layout, rect: Rect, pad: Gamepad): void {
  const down = (bit: number): boolean => (pad.buttons & bit) !== 0;
  const trigger = (x: number, value: number): void => {
    const bar = { x: rect.x + px(x), y: rect.y + px(28), width: px(58), height: px(8) };
    canvas.fill(bar, palette.empty);
    if (value > 0) canvas.fill({ ...bar, width: Math.max(2, (bar.width * value) / 255) & ~1 }, palette.accent);
  };
  const pill = (x: number, y: number, width: number, height: number, bit: number): void => {
    const w = px(width);
    const h = px(height);
    const mask = shapes.get(`pill ${w} ${h}`, () => roundedBox(w, h, Math.min(w, h) / 3));
    canvas.stamp(mask, rect.x + px(x), rect.y + px(y), down(bit) ? palette.held : palette.line);
  };
  const button = (x: number, y: number, bit: number, color: Yuv): void => {
    const diameter = px(10);
    const mask = shapes.get(`disc ${diameter}`, () => disc(diameter));
    canvas.stamp(mask, rect.x + px(x), rect.y + px(y), down(bit) ? color : palette.line);
  };
  const stick = (x: number, y: number, stickX: number, stickY: number, bit: number): void => {
    const outer = px(36);
    const knob = px(14);
    const centreX = rect.x + px(x) + outer / 2;
    const centreY = rect.y + px(y) + outer / 2;
    const circle = shapes.get(`ring ${outer}`, () => ring(outer, Math.max(1, px(2) / 2)));
    canvas.stamp(circle, centreX - outer / 2, centreY - outer / 2, palette.line);
    const reach = (outer - knob) / 2;
    const moved = stickX !== 0 || stickY !== 0;
    canvas.stamp(
      shapes.get(`disc ${knob}`, () => disc(knob)),
      Math.round(centreX - knob / 2 + (reach * stickX) / 32768),
      Math.round(centreY - knob / 2 - (reach * stickY) / 32768),
      down(bit) ? palette.held : moved ? palette.accent : palette.muted,
    );
  };

  trigger(10, pad.leftTrigger);
  trigger(79, pad.rightTrigger);
  pill(10, 40, 58, 6, GAMEPAD_BUTTONS.leftShoulder);
  pill(79, 40, 58, 6, GAMEPAD_BUTTONS.rightShoulder);
  stick(9, 54, pad.leftX, pad.leftY, GAMEPAD_BUTTONS.leftStick);
  stick(102, 54, pad.rightX, pad.rightY, GAMEPAD_BUTTONS.rightStick);
  pill(56, 58, 8, 10, GAMEPAD_BUTTONS.up);
  pill(56, 76, 8, 10, GAMEPAD_BUTTONS.down);
  pill(47, 68, 10, 8, GAMEPAD_BUTTONS.left);
  pill(63, 68, 10, 8, GAMEPAD_BUTTONS.right);
  button(82, 57, GAMEPAD_BUTTONS.y, palette.yellow);
  button(82, 77, GAMEPAD_BUTTONS.a, palette.good);
  button(73, 67, GAMEPAD_BUTTONS.x, palette.blue);
  button(91, 67, GAMEPAD_BUTTONS.b, palette.bad);
  pill(54, 97, 10, 6, GAMEPAD_BUTTONS.back);
  pill(69, 95, 10, 10, GAMEPAD_BUTTONS.guide);
  pill(84, 97, 10, 6, GAMEPAD_BUTTONS.start);
  const extras = ['paddle1', 'paddle2', 'paddle3', 'paddle4', 'touchpad', 'misc'] as const;
  extras.forEach((name, index) => {
    if ((pad.buttons & GAMEPAD_BUTTONS[name]) !== 0) pill(50 + 8 * index, 110, 6, 4, GAMEPAD_BUTTONS[name]);
  });
}

import type { InputDevice, SendInput } from './device.ts';
import { type Box, pictureBox, pointInPicture, type Size } from './picture-geometry.ts';
import { lockedElement } from './pointer-lock.ts';
import { WheelPixels } from './wheel.ts';

/** Bits of `MouseEvent.buttons`, and the button numbers of protocol/4 §5. */
const BUTTONS = [
  { bit: 1, button: 1 },
  { bit: 4, button: 2 },
  { bit: 2, button: 3 },
  { bit: 8, button: 4 },
  { bit: 16, button: 5 },
] as const;

export interface MouseOptions {
  /** The element that shows the picture, `object-fit: contain`. */
  surface: HTMLElement;
  /** The picture's own size, 0 × 0 until there is one. */
  pictureSize: () => Size;
  send: SendInput;
  /** The person has clicked into the picture and not left it: a mouse that only passes over is ignored. */
  isTaken: () => boolean;
  /** Whether it zooms the view instead of going to the host. */
  isPinch: (event: WheelEvent) => boolean;
}

/** Absolute over the picture, relative while the pointer is locked to the surface. Ignores touches. */
export function captureMouse(options: MouseOptions): InputDevice {
  const release = new AbortController();
  const wheel = new WheelPixels();
  let held = 0;

  const box = (): Box | null => pictureBox(options.surface.getBoundingClientRect(), options.pictureSize());
  const locked = (): boolean => lockedElement(options.surface) === options.surface;

  const move = (event: PointerEvent): boolean => {
    if (locked()) {
      if (event.movementX !== 0 || event.movementY !== 0) {
        options.send({ kind: 'mouseMove', dx: event.movementX, dy: event.movementY });
      }
      return true;
    }
    const picture = box();
    if (picture === null) return false;
    const { width, height } = options.pictureSize();
    const { x, y, inside } = pointInPicture(picture, event.clientX, event.clientY);
    // A drag may leave the picture; hovering over the bars beside it is ignored.
    if (!inside && held === 0) return false;
    options.send({ kind: 'mousePosition', x: Math.round(x * width), y: Math.round(y * height), width, height });
    return true;
  };

  // `buttons` reports what is down even if an event was missed; a second button arrives as a move.
  const setButtons = (buttons: number): void => {
    for (const { bit, button } of BUTTONS) {
      if ((buttons & bit) === (held & bit)) continue;
      options.send({ kind: 'mouseButton', down: (buttons & bit) !== 0, button });
    }
    held = buttons;
  };

  const onPointer = (event: PointerEvent): void => {
    if (event.pointerType === 'touch' || !options.isTaken()) return;
    const onPicture = move(event);
    if (event.type === 'pointerdown' && !locked()) options.surface.setPointerCapture(event.pointerId);
    if (onPicture || held !== 0) setButtons(onPicture ? event.buttons : event.buttons & held);
  };

  const onWheel = (event: WheelEvent): void => {
    if (!options.isTaken() || options.isPinch(event)) return;
    event.preventDefault();
    const pixels = wheel.add(event);
    if (pixels !== null) options.send({ kind: 'wheelPixels', ...pixels });
  };

  const { signal } = release;
  for (const type of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] as const) {
    options.surface.addEventListener(type, onPointer, { signal });
  }
  options.surface.addEventListener('wheel', onWheel, { signal, passive: false });
  options.surface.addEventListener('contextmenu', (event) => event.preventDefault(), { signal });
  // These carry the middle button's scroll mode and the side buttons' history navigation.
  for (const type of ['mousedown', 'mouseup', 'auxclick'] as const) {
    options.surface.addEventListener(type, (event) => event.button !== 0 && event.preventDefault(), { signal });
  }
  const releaseAll = (): void => setButtons(0);
  return {
    releaseAll,
    close() {
      releaseAll();
      release.abort();
    },
  };
}

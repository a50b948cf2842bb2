import type { InputDevice, SendInput } from './device.ts';
import { pictureBox, pointInPicture, type Size } from './picture-geometry.ts';

export interface TouchOptions {
  /** The element that shows the picture, `object-fit: contain` and `touch-action: none`. */
  surface: HTMLElement;
  pictureSize: () => Size;
  /** If false, the first finger moves the mouse instead. */
  touchSupported: () => boolean;
  send: SendInput;
}

/** Fingers on the picture, tracked from where they went down; those beside the picture are ignored. */
export function captureTouch(options: TouchOptions): InputDevice {
  const release = new AbortController();
  const fingers = new Map<number, Finger>();

  const send = (finger: Finger, event: 'down' | 'move' | 'up'): void => {
    if (!finger.asMouse) {
      const { id: pointerId, x, y, pressure, contactMajor, contactMinor } = finger;
      // Rotation 0: some hosts treat "unknown" as an angle (protocol/2 §4.8).
      options.send({ kind: 'touch', event, pointerId, x, y, pressure, contactMajor, contactMinor, rotation: 0 });
      return;
    }
    const { width, height } = options.pictureSize();
    options.send({
      kind: 'mousePosition',
      x: Math.round(finger.x * width),
      y: Math.round(finger.y * height),
      width,
      height,
    });
    if (event !== 'move') options.send({ kind: 'mouseButton', down: event === 'down', button: 1 });
  };

  const place = (event: PointerEvent): (Omit<Finger, 'id' | 'asMouse'> & { inside: boolean }) | null => {
    const box = pictureBox(options.surface.getBoundingClientRect(), options.pictureSize());
    if (box === null) return null;
    const contact = [event.width / box.width, event.height / box.height];
    return {
      ...pointInPicture(box, event.clientX, event.clientY),
      pressure: event.type === 'pointerup' ? 0 : event.pressure,
      contactMajor: Math.max(...contact),
      contactMinor: Math.min(...contact),
    };
  };

  const onPointer = (event: PointerEvent): void => {
    if (event.pointerType !== 'touch') return;
    const at = place(event);
    if (event.type === 'pointerdown') {
      if (at === null || !at.inside) return;
      const asMouse = !options.touchSupported();
      if (asMouse && fingers.size > 0) return;
      const finger = { ...at, id: event.pointerId >>> 0, asMouse };
      fingers.set(event.pointerId, finger);
      options.surface.setPointerCapture(event.pointerId);
      send(finger, 'down');
      return;
    }
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const finger = { ...before, ...at };
    const isMove = event.type === 'pointermove';
    if (isMove) fingers.set(event.pointerId, finger);
    else fingers.delete(event.pointerId);
    send(finger, isMove ? 'move' : 'up');
  };

  const { signal } = release;
  for (const type of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] as const) {
    options.surface.addEventListener(type, onPointer, { signal });
  }
  const releaseAll = (): void => {
    for (const finger of fingers.values()) send(finger, 'up');
    fingers.clear();
  };
  return {
    releaseAll,
    close() {
      releaseAll();
      release.abort();
    },
  };
}

interface Finger {
  id: number;
  x: number;
  y: number;
  pressure: number;
  contactMajor: number;
  contactMinor: number;
  asMouse: boolean;
}

import { lockedElement } from '../pointer-lock.ts';
import { ViewZoom } from './view-zoom.ts';

export interface ZoomOptions {
  /** The element that shows the picture; the element around it hides the overflow. */
  surface: HTMLElement;
  /** Browsers report a touchpad's pinch as a wheel event with Control. */
  isPinch: (event: WheelEvent) => boolean;
}

/** Only Safari has it. */
interface GestureEvent extends UIEvent {
  scale: number;
  clientX: number;
  clientY: number;
}

/** A touchpad's pinch enlarges the picture here; the host sees nothing of it. Call it before captureMouse, which depends on the zoom. */
export function captureZoom({ surface, isPinch }: ZoomOptions): { close(): void } {
  const zoom = new ViewZoom();
  const release = new AbortController();
  const { signal } = release;
  const fingers = new Set<number>();

  const show = (): void => {
    const { scale, x, y } = zoom;
    surface.style.transform = scale === 1 ? '' : `scale(${scale})`;
    surface.style.transformOrigin = scale === 1 ? '' : `${x * 100}% ${y * 100}%`;
  };
  const moveTo = ({ clientX, clientY }: { clientX: number; clientY: number }): void =>
    zoom.moveTo(clientX, clientY, surface.getBoundingClientRect());

  const onWheel = (event: WheelEvent): void => {
    if (!isPinch(event)) return;
    event.preventDefault();
    moveTo(event);
    zoom.pinch(event.deltaY);
    show();
  };
  const onPointer = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') {
      if (event.type === 'pointerdown') fingers.add(event.pointerId);
      else if (event.type !== 'pointermove') fingers.delete(event.pointerId);
    } else if (zoom.scale > 1 && lockedElement(surface) === null) {
      moveTo(event);
      show();
    }
  };
  const onGesture = (event: Event): void => {
    event.preventDefault();
    // Fingers on the picture belong to the host.
    if (fingers.size > 0) return;
    const gesture = event as GestureEvent;
    moveTo(gesture);
    if (event.type === 'gesturestart') zoom.gestureStart();
    else zoom.gesture(gesture.scale);
    show();
  };

  surface.addEventListener('wheel', onWheel, { signal, passive: false });
  for (const type of ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] as const)
    surface.addEventListener(type, onPointer, { signal });
  for (const type of ['gesturestart', 'gesturechange', 'gestureend'])
    surface.addEventListener(type, onGesture, { signal });
  return {
    close() {
      release.abort();
      surface.style.transform = '';
      surface.style.transformOrigin = '';
    },
  };
}

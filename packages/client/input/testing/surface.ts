import type { ViewerInput } from '@moonshare/contract/browser';

/** The parts of an element that mouse and touch use: 1000 × 500 at (0, 0), with a 16:9 picture of 640 × 360 in the middle. */
export class FakeSurface extends EventTarget {
  readonly captured: number[] = [];

  getBoundingClientRect() {
    return { left: 0, top: 0, width: 1000, height: 500 };
  }

  setPointerCapture(pointerId: number): void {
    this.captured.push(pointerId);
  }

  getRootNode() {
    return {};
  }

  pointer(type: string, at: Partial<PointerEvent>): void {
    const event = new Event(type, { cancelable: true });
    this.dispatchEvent(
      Object.assign(event, { pointerType: 'mouse', pointerId: 1, buttons: 0, width: 0, height: 0, pressure: 0, ...at }),
    );
  }

  wheel(turn: Partial<WheelEvent>): Event {
    const event = new Event('wheel', { cancelable: true });
    this.dispatchEvent(Object.assign(event, { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, ...turn }));
    return event;
  }

  /** For functions that need an element. */
  get element(): HTMLElement {
    return this as unknown as HTMLElement;
  }
}

export const pictureSize = () => ({ width: 640, height: 360 });

/** A list of everything sent. */
export function recorder(): { sent: ViewerInput[]; send: (event: ViewerInput) => void } {
  const sent: ViewerInput[] = [];
  return { sent, send: (event) => sent.push(event) };
}

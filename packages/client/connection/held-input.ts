import type { ViewerInput } from '@moonshare/contract/browser';

type Touch = Extract<ViewerInput, { kind: 'touch' }>;

/** Fingers lifted recently; browsers never reuse their numbers. */
const MAX_LIFTED = 16;

/**
 * What is held here: keys, buttons, fingers, gamepads. Nobody sees what is pressed or released while disconnected, and for a viewer
 * that comes back the streamer keeps holding what it held before: so a new connection is told the current state. Pure.
 */
export class HeldInput {
  /** Whether each key or button that was ever pressed is down. */
  readonly #keys = new Map<number, boolean>();
  readonly #buttons = new Map<number, boolean>();
  readonly #fingers = new Map<number, Touch>();
  readonly #unplugged = new Set<number>();
  #position: ViewerInput | null = null;

  note(event: ViewerInput): void {
    switch (event.kind) {
      case 'key':
        this.#keys.set(event.virtualKey, event.down);
        break;
      case 'mouseButton':
        this.#buttons.set(event.button, event.down);
        break;
      case 'mousePosition':
        this.#position = event;
        break;
      case 'touch':
        this.#touch(event);
        break;
      case 'controllerAdd':
        this.#unplugged.delete(event.id);
        break;
      case 'controllerRemove':
        this.#unplugged.add(event.id);
        break;
    }
  }

  /** Makes a streamer hold the same, whatever it held before. Connected gamepads are announced by the code that reads them. */
  restate(): ViewerInput[] {
    const isDragging = [...this.#buttons.values()].includes(true);
    return [
      ...[...this.#keys].map(([virtualKey, down]): ViewerInput => ({ kind: 'key', down, modifiers: 0, virtualKey })),
      ...(isDragging && this.#position !== null ? [this.#position] : []),
      ...[...this.#buttons].map(([button, down]): ViewerInput => ({ kind: 'mouseButton', down, button })),
      ...[...this.#fingers.values()].map((finger): ViewerInput => {
        return { ...finger, event: finger.event === 'up' ? 'up' : 'down' };
      }),
      ...[...this.#unplugged].map((id): ViewerInput => ({ kind: 'controllerRemove', id })),
    ];
  }

  #touch(event: Touch): void {
    // Re-inserted at the end, so that the fingers lifted longest ago come first.
    this.#fingers.delete(event.pointerId);
    this.#fingers.set(event.pointerId, event);
    const lifted = [...this.#fingers.values()].filter((finger) => finger.event === 'up');
    for (const { pointerId } of lifted.slice(0, Math.max(0, lifted.length - MAX_LIFTED)))
      this.#fingers.delete(pointerId);
  }
}

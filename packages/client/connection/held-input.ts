import type { ViewerInput } from '@moonshare/contract';

type Touch = Extract<ViewerInput, { kind: 'touch' }>;

/** Fingers that went up lately; browsers never use a number again. */
const MAX_LIFTED = 16;

/**
 * What is held here: keys, buttons, fingers, pads. What is pressed and let go while there is no connection reaches nobody, and the
 * streamer holds for whoever comes back what it held before: so a fresh connection is told how things are. Pure.
 */
export class HeldInput {
  /** Down or not, of all that was ever down. */
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

  /** What makes a streamer hold the same, whatever it held before. Pads that are there are said by those who read them. */
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
    // Behind the others: those that went up longest ago come first.
    this.#fingers.delete(event.pointerId);
    this.#fingers.set(event.pointerId, event);
    const lifted = [...this.#fingers.values()].filter((finger) => finger.event === 'up');
    for (const { pointerId } of lifted.slice(0, Math.max(0, lifted.length - MAX_LIFTED)))
      this.#fingers.delete(pointerId);
  }
}

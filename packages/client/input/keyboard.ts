import type { InputDevice, SendInput } from './device.ts';
import { isModifier, modifiersOf, SHIFT, virtualKey } from './keys.ts';
import { typedBy } from './typed.ts';

/** Gives keyboard and mouse back to the page: Ctrl+Alt+Shift+Z, as in other clients of such hosts. */
export const LEAVE_KEYS = 'Ctrl+Alt+Shift+Z';

export interface KeyboardOptions {
  /** Receives the key events: focusable, and inside it nothing that needs keys of its own. */
  target: EventTarget;
  send: SendInput;
  /** The person pressed LEAVE_KEYS. */
  leave: () => void;
  /** macOS gives no key-up for keys released while Command is held. */
  apple: boolean;
}

/** Key presses as places on the keyboard; repeats stay here, the host makes its own. What has no place is text, each time. */
export function captureKeyboard(o: KeyboardOptions): InputDevice {
  const held = new Set<number>();
  const release = new AbortController();

  const up = (key: number, modifiers: number): void => {
    if (held.delete(key)) o.send({ kind: 'key', down: false, modifiers, virtualKey: key });
  };
  const releaseAll = (): void => {
    for (const key of [...held]) up(key, 0);
  };

  const onDown = (event: KeyboardEvent): void => {
    // Composed text arrives as text.
    if (event.isComposing || event.keyCode === 229) return;
    const typed = typedBy(event);
    if (typed === null) return;
    if (event.code === 'KeyZ' && event.ctrlKey && event.altKey && event.shiftKey) {
      event.preventDefault();
      releaseAll();
      o.leave();
      return;
    }
    // Pasting as text needs the browser's own paste event, which the key's default action brings.
    if (isPasteAsText(event)) {
      releaseAll();
      return;
    }
    event.preventDefault();
    if (typed.kind === 'text') {
      o.send(typed);
      return;
    }
    const { virtualKey: key, shift } = typed;
    if (event.repeat || held.has(key)) return;
    held.add(key);
    o.send({ kind: 'key', down: true, modifiers: modifiersOf(event) | (shift ? SHIFT : 0), virtualKey: key });
  };

  const onUp = (event: KeyboardEvent): void => {
    const key = virtualKey(event.code) ?? virtualKey(event.key);
    if (key === null) return;
    event.preventDefault();
    up(key, modifiersOf(event));
    if (o.apple && event.key === 'Meta') {
      for (const other of [...held]) if (!isModifier(other)) up(other, modifiersOf(event));
    }
  };

  const { signal } = release;
  o.target.addEventListener('keydown', (event) => onDown(event as KeyboardEvent), { signal });
  o.target.addEventListener('keyup', (event) => onUp(event as KeyboardEvent), { signal });
  return {
    releaseAll,
    close() {
      releaseAll();
      release.abort();
    },
  };
}

/** Ctrl+Shift+V and Command+Shift+V type the clipboard at the host; plain Ctrl+V is the host's own paste. */
function isPasteAsText(event: KeyboardEvent): boolean {
  return event.code === 'KeyV' && event.shiftKey && (event.ctrlKey || event.metaKey) && !event.altKey;
}

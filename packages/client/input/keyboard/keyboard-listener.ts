import type { SendInput } from '../device.ts';
import type { KeyboardInput, KeyboardState, KeyEvent } from './keyboard-state.ts';
import { flagsOf } from './modifiers.ts';

export interface KeyboardListenerOptions {
  state: KeyboardState;
  /** A text area that has the focus while keys go to the host, and always stays empty. */
  field: HTMLTextAreaElement;
  send: SendInput;
  /** The person pressed `LEAVE_KEYS`. */
  releaseRequested: () => void;
}

export interface KeyboardListener {
  /** The keyboard goes to the host, or no longer does: then everything held is released. */
  handle(input: Extract<KeyboardInput, { type: 'taken' | 'left' | 'connected' }>): void;
  /** A click that takes the keyboard counts itself: its flags report what was held and locked before it. */
  takenBy(click: PointerEvent): void;
  /** Removes all listeners. */
  close(): void;
}

/** Feeds the browser's events to a KeyboardState and carries out its answers. */
export function listenToKeyboard({ state, field, send, releaseRequested }: KeyboardListenerOptions): KeyboardListener {
  const release = new AbortController();
  const { signal } = release;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const handle = (input: KeyboardInput, event?: Event): void => {
    const outcome = state.handle(input);
    if (outcome.prevent) event?.preventDefault();
    for (const each of outcome.send) send(each);
    wake();
    if (outcome.releaseRequested) releaseRequested();
  };
  const wake = (): void => {
    clearTimeout(timer);
    if (state.wakeAt === null) return;
    timer = setTimeout(
      () => {
        for (const each of state.advance(performance.now()).send) send(each);
        wake();
      },
      Math.max(0, state.wakeAt - performance.now()),
    );
  };

  const onKey = (event: KeyboardEvent): void => {
    const { type, key, code, keyCode, location, repeat, isComposing, timeStamp: at } = event;
    const flags = flagsOf(event);
    handle({ type: type as KeyEvent['type'], key, code, keyCode, location, repeat, isComposing, at, flags }, event);
  };
  const onPointer = (event: PointerEvent | WheelEvent): void => {
    const kind = event.type === 'wheel' ? 'wheel' : (event as PointerEvent).pointerType === 'touch' ? 'touch' : 'mouse';
    handle({ type: 'pointer', kind, flags: flagsOf(event), pressed: event.buttons !== 0 });
  };
  const onBeforeInput = (event: InputEvent): void => {
    const { inputType, isComposing } = event;
    const data = event.data ?? event.dataTransfer?.getData('text/plain') ?? null;
    handle({ type: 'beforeinput', inputType, data, isComposing }, event);
  };
  const onCompositionEnd = ({ data }: CompositionEvent): void => {
    handle({ type: 'compositionend', data });
    field.value = '';
  };
  const onInput = (event: Event): void => {
    if (!(event as InputEvent).isComposing) field.value = '';
  };

  // What was typed while this was being loaded is nobody's.
  field.value = '';
  field.addEventListener('keydown', onKey, { signal });
  field.addEventListener('keyup', onKey, { signal });
  field.addEventListener('beforeinput', onBeforeInput, { signal });
  field.addEventListener('compositionstart', () => handle({ type: 'compositionstart' }), { signal });
  field.addEventListener('compositionend', onCompositionEnd, { signal });
  field.addEventListener('input', onInput, { signal });
  // Before the listener that sends the click to the host.
  for (const type of ['pointerdown', 'pointermove', 'pointerup', 'wheel'] as const)
    window.addEventListener(type, onPointer, { signal, capture: true, passive: true });
  return {
    handle: (input) => handle(input),
    takenBy(click) {
      handle({ type: 'taken' });
      onPointer(click);
    },
    close() {
      handle({ type: 'left' });
      release.abort();
      clearTimeout(timer);
    },
  };
}

import { splitText } from '@moonshare/contract';
import type { InputDevice, SendInput } from './device.ts';

/** Longest paste, UTF-16 units: hosts type it key by key. */
export const MAX_PASTE = 16_384;

/** Sends any text in pieces that one message can carry. */
export function sendText(send: SendInput, text: string): void {
  for (const piece of splitText(text.slice(0, MAX_PASTE))) send({ kind: 'text', text: piece });
}

/**
 * Text that is not a press of a known key: an input method, an on-screen keyboard, a paste. `field` is a text area that
 * has the focus while input is captured and always stays empty.
 */
export function captureText(o: { field: HTMLTextAreaElement; send: SendInput }): InputDevice {
  const release = new AbortController();
  const { signal } = release;
  const { field } = o;

  const onBeforeInput = (event: InputEvent): void => {
    if (event.inputType.startsWith('delete')) {
      event.preventDefault();
      // On-screen keyboards say what was deleted, not which key did it.
      const virtualKey = event.inputType.endsWith('Forward') ? 0x2e : 0x08;
      o.send({ kind: 'key', down: true, modifiers: 0, virtualKey });
      o.send({ kind: 'key', down: false, modifiers: 0, virtualKey });
    } else if (event.inputType === 'insertLineBreak' || event.inputType === 'insertParagraph') {
      event.preventDefault();
      o.send({ kind: 'key', down: true, modifiers: 0, virtualKey: 0x0d });
      o.send({ kind: 'key', down: false, modifiers: 0, virtualKey: 0x0d });
    } else if (event.inputType === 'insertText' && !event.isComposing) {
      event.preventDefault();
      if (event.data) sendText(o.send, event.data);
    }
  };
  const onCompositionEnd = (event: CompositionEvent): void => {
    if (event.data !== '') sendText(o.send, event.data);
    field.value = '';
  };
  const onInput = (event: Event): void => {
    if (!(event as InputEvent).isComposing) field.value = '';
  };
  const onPaste = (event: ClipboardEvent): void => {
    event.preventDefault();
    sendText(o.send, event.clipboardData?.getData('text/plain') ?? '');
  };

  field.addEventListener('beforeinput', onBeforeInput, { signal });
  field.addEventListener('compositionend', onCompositionEnd, { signal });
  field.addEventListener('input', onInput, { signal });
  field.addEventListener('paste', onPaste, { signal });
  return { releaseAll: () => undefined, close: () => release.abort() };
}

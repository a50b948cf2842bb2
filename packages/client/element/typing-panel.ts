import type { Typing } from '../input/text/typing.ts';
import { create } from './create.ts';

/** How long the outcome of a text is shown. */
const READ_MS = 10_000;

export interface TypingPanel {
  show(typing: Typing): void;
}

/**
 * Shows in `place`, over the picture, how far a long text is, with a button to stop it, and why one was not typed, or not completely.
 * `onButton`: stops typing, or dismisses the outcome.
 */
export function buildTypingPanel(place: HTMLElement, onButton: () => void): TypingPanel {
  const label = create('span');
  const bar = create('progress', { 'aria-hidden': 'true' });
  const button = create('button', { type: 'button' });
  const element = create('div', { class: 'typing', part: 'typing', hidden: '' });
  const announced = create('span', { role: 'status', class: 'unseen' });
  element.append(label, bar, button);
  place.append(element, announced);
  button.addEventListener('click', onButton);
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Pressing it must not take the keyboard focus away from the host.
  element.addEventListener('pointerdown', (event) => event.preventDefault());
  element.addEventListener('mousedown', (event) => event.preventDefault());
  return {
    show(typing) {
      clearTimeout(timer);
      const text = typingMessage(typing);
      const isTyping = typing.kind === 'typing';
      element.hidden = text === '';
      label.textContent = text;
      button.textContent = isTyping ? 'Stop' : 'OK';
      bar.hidden = !isTyping;
      if (isTyping) {
        bar.max = typing.total;
        bar.value = typing.done;
      }
      // Announced once, not with each piece.
      announced.textContent = isTyping ? `Typing a long text${refusal(typing.refused)}` : text;
      if (text !== '' && !isTyping) timer = setTimeout(() => button.click(), READ_MS);
    },
  };
}

/** Empty: nothing to announce. */
export function typingMessage(typing: Typing): string {
  switch (typing.kind) {
    case 'idle':
      return '';
    case 'typing':
      return `Typing: ${count(typing.done)} of ${count(typing.total)} characters${refusal(typing.refused)}`;
    case 'stopped': {
      const how = `${count(typing.done)} of ${count(typing.total)} characters were typed`;
      if (typing.why === 'asked') return `Stopped. ${how}.`;
      const why = typing.why === 'controls' ? 'You do not have the controls.' : 'The connection was lost.';
      return `${why} At most ${how}.`;
    }
    case 'refused':
      if (typing.length <= typing.most)
        return `Not typed: a text of ${count(typing.length)} characters, as another was still being typed. Paste it again.`;
      return `Too long to type: ${count(typing.length)} characters. The limit is ${count(typing.most)}. Nothing was typed.`;
  }
}

function refusal(units: number): string {
  return units === 0 ? '' : `. A text of ${count(units)} characters came too soon and is not typed`;
}

function count(units: number): string {
  return units.toLocaleString('en');
}

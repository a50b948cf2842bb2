import { LEAVE_KEYS } from '../../input/platform.ts';
import { create } from '../create.ts';

/** What the bar displays. */
export interface BarView {
  muted: boolean;
  /** Keys go to the host. */
  canType: boolean;
  /** Which player this person is. */
  players: string;
  /** Who has the controls; empty while everybody has. */
  control: string;
  /** What the person can do about that. */
  controlButton: 'take' | 'release' | null;
}

export interface BarActions {
  toggleSound(): void;
  showKeyboard(): void;
  /** Rejects if the browser does not let it read the clipboard. */
  paste(): Promise<void>;
  toggleFullScreen(): void;
  takeControl(): void;
  releaseControl(): void;
}

export interface FullScreenBar {
  element: HTMLElement;
  /** Shows the bar again, for touch. */
  handle: HTMLButtonElement;
  show(view: BarView): void;
  /** Whether the picture is on the whole screen. */
  showFullScreen(isOn: boolean): void;
}

const PATHS = {
  sound: 'M4 9v6h4l5 4V5L8 9H4zM16 8.5a5 5 0 0 1 0 7M18.5 6a8.5 8.5 0 0 1 0 12',
  muted: 'M4 9v6h4l5 4V5L8 9H4zM16.5 9.5l5 5M21.5 9.5l-5 5',
  keyboard: 'M3 6.5h18v11H3zM6.5 10h.01M10 10h.01M13.5 10h.01M17 10h.01M7.5 14h9',
  paste: 'M9 4.5h6v3H9zM9 6H6v14h12V6h-3M9 12h6M9 15.5h4',
  enter: 'M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5',
  leave: 'M9 4v5H4M20 9h-5V4M15 20v-5h5M4 15h5v5',
} as const;

export function buildBar(actions: BarActions): FullScreenBar {
  const element = create('div', { class: 'bar', part: 'bar', role: 'toolbar' });
  const handle = create('button', { type: 'button', class: 'handle', 'aria-label': 'Show controls' });
  const label = create('span', { class: 'label', role: 'status' });
  const sound = button('Mute', 'sound', () => actions.toggleSound());
  const keyboard = button('Keyboard', 'keyboard', () => actions.showKeyboard());
  const paste = button('Type clipboard text', 'paste', () => {
    refused.textContent = '';
    actions.paste().catch(() => {
      refused.textContent = 'The browser blocked access to the clipboard.';
    });
  });
  const refused = create('span', { class: 'refused', role: 'status' });
  const take = create('button', { type: 'button', class: 'words' }, 'Take the controls');
  take.addEventListener('click', () => actions.takeControl());
  const release = create('button', { type: 'button', class: 'words' }, 'Release the controls');
  release.addEventListener('click', () => actions.releaseControl());
  const full = button('Full screen', 'enter', () => actions.toggleFullScreen());
  element.append(label, refused, take, release, sound, keyboard, paste, full);
  // The keyboard focus stays with the host.
  for (const type of ['mousedown', 'pointerdown'] as const)
    element.addEventListener(type, (event) => event.preventDefault());
  const isTouch = matchMedia('(pointer: coarse)').matches;
  return {
    element,
    handle,
    showFullScreen(isOn) {
      element.setAttribute('aria-label', isOn ? 'Full screen' : 'Stream');
      name(full, isOn ? 'Exit full screen' : 'Full screen', isOn ? 'leave' : 'enter');
      // A frame that may not have the whole screen would fill nothing but itself.
      full.hidden = !isOn && !document.fullscreenEnabled && window !== window.top;
    },
    show({ muted, canType, players, control, controlButton }) {
      const showsReleaseShortcut = canType && !isTouch;
      label.textContent = [players, control, showsReleaseShortcut ? `${LEAVE_KEYS} releases keyboard and mouse` : '']
        .filter((text) => text !== '')
        .join(' · ');
      take.hidden = controlButton !== 'take';
      release.hidden = controlButton !== 'release';
      name(sound, muted ? 'Unmute' : 'Mute', muted ? 'muted' : 'sound');
      keyboard.hidden = !canType || !isTouch;
      paste.hidden = !canType || !isSecureContext;
    },
  };
}

function button(label: string, icon: keyof typeof PATHS, act: () => void): HTMLButtonElement {
  const element = create('button', { type: 'button' });
  name(element, label, icon);
  element.addEventListener('click', act);
  return element;
}

function name(element: HTMLButtonElement, label: string, icon: keyof typeof PATHS): void {
  element.title = label;
  element.setAttribute('aria-label', label);
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', PATHS[icon]);
  svg.append(path);
  element.replaceChildren(svg);
}

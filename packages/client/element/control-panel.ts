import type { ControlActionName } from '@moonshare/contract/browser';
import type { ControlNote } from '../control/control-messages.ts';
import { type ControlNews, controlNote } from '../control/control-note.ts';
import { reachesHost, type ViewerControl } from '../control/viewer-control.ts';
import { create } from './create.ts';

/** How long news is shown. */
const NEWS_MS = 5_000;
const COUNTDOWN_MS = 250;

export interface ControlPanel {
  show(control: ViewerControl | null): void;
  /** Input went nowhere, or something was refused. */
  tell(news: ControlNews): void;
}

/** Shows in `place`, over the picture, who wants the controls and where input goes, with buttons; hidden while there is nothing to say. */
export function buildControlPanel(place: HTMLElement, act: (action: ControlActionName) => void): ControlPanel {
  const label = create('span');
  const buttons = create('span', { class: 'buttons' });
  const element = create('div', { class: 'control', part: 'control', hidden: '' });
  const announced = create('span', { role: 'status', class: 'unseen' });
  element.append(label, buttons);
  place.append(element, announced);
  // The keyboard focus stays with the host.
  for (const type of ['pointerdown', 'mousedown'] as const)
    element.addEventListener(type, (event) => event.preventDefault());
  let control: ViewerControl | null = null;
  let news: ControlNews = { kind: 'none' };
  let shown: ControlNote | null = null;
  let newsTimer: ReturnType<typeof setTimeout> | undefined;
  let countdown: ReturnType<typeof setInterval> | undefined;

  const update = (): void => {
    const note = control && controlNote(control, news, performance.now());
    const runs = control?.request?.takesAt != null && note !== null;
    clearInterval(countdown);
    if (runs) countdown = setInterval(update, COUNTDOWN_MS);
    if (note?.text === shown?.text && kinds(note) === kinds(shown)) return;
    element.hidden = note === null;
    label.textContent = note?.text ?? '';
    if (kinds(note) !== kinds(shown)) {
      buttons.replaceChildren(...(note?.buttons ?? []).map(({ label, action }) => button(label, () => act(action))));
      // Announced once, not with each second.
      announced.textContent = note?.text ?? '';
    } else if (!runs) announced.textContent = note?.text ?? '';
    shown = note;
  };
  const tell = (told: ControlNews): void => {
    clearTimeout(newsTimer);
    news = told;
    newsTimer = setTimeout(() => {
      news = { kind: 'none' };
      update();
    }, NEWS_MS);
    update();
  };
  return {
    tell,
    show(now) {
      const had = control !== null && reachesHost(control);
      const has = now !== null && reachesHost(now);
      const isChange = control !== null && now !== null && now.standing !== 'none' && had !== has;
      control = now;
      if (isChange) tell({ kind: has ? 'gained' : 'lost' });
      else update();
    },
  };
}

function kinds(note: ControlNote | null): string {
  return note?.buttons.map(({ label }) => label).join() ?? '-';
}

function button(label: string, onClick: () => void): HTMLButtonElement {
  const element = create('button', { type: 'button' }, label);
  element.addEventListener('click', onClick);
  return element;
}

import type { MoonshareViewerElement } from '@moonshare/client';

/** What the page tells its parent about, as `{ moonshare: event, value }`. */
const EVENTS = [
  'statechange',
  'picturechange',
  'accesschange',
  'viewerschange',
  'mutechange',
  'transportchange',
] as const;

type Viewer = Pick<MoonshareViewerElement, 'addEventListener' | 'muted' | 'focus' | 'typeText' | 'setAttribute'>;

/** Tells the parent, if it is of this origin, what happens, and does what it asks: `{ moonshare: command, value }`. Anything else is ignored. */
export function connectParent(
  viewer: Viewer,
  {
    window,
    parent,
    origin,
  }: { window: Pick<Window, 'addEventListener'>; parent: Pick<Window, 'postMessage'>; origin: string },
): void {
  for (const type of EVENTS)
    viewer.addEventListener(type, (event: Event) =>
      parent.postMessage({ moonshare: type, value: (event as CustomEvent).detail }, origin),
    );
  window.addEventListener('message', (event) => {
    if (event.source !== parent || event.origin !== origin) return;
    const { data } = event;
    if (typeof data === 'object' && data !== null) obey(viewer, data.moonshare, data.value);
  });
  parent.postMessage({ moonshare: 'ready', value: null }, origin);
}

function obey(viewer: Viewer, command: unknown, value: unknown): void {
  switch (command) {
    case 'mute':
      viewer.muted = value !== false;
      break;
    case 'focus':
      viewer.focus();
      break;
    case 'type':
      if (typeof value === 'string') viewer.typeText(value);
      break;
    case 'token':
      if (typeof value === 'string') viewer.setAttribute('token', value);
  }
}

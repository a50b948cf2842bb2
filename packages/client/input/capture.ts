import type { ViewerInput } from '@moonshare/contract/browser';
import { reachesHost } from '../control/viewer-control.ts';
import type { InputDevice } from './device.ts';
import { captureGamepads } from './gamepads.ts';
import type { CaptureOptions, LoadedCapture } from './input-capture.ts';
import { listenToKeyboard } from './keyboard/keyboard-listener.ts';
import { KEYBOARD_SETTINGS } from './keyboard/keyboard-settings.ts';
import { KeyboardState } from './keyboard/keyboard-state.ts';
import { captureMouse } from './mouse.ts';
import { platformOf } from './platform.ts';
import { lockedElement } from './pointer-lock.ts';
import { createTypingQueue } from './text/typing-queue.ts';
import { captureTouch } from './touch.ts';
import { captureZoom } from './zoom/capture-zoom.ts';

/** Captures all input of one viewport. What is held is released on the host when the field or the page loses the focus. */
export function capture(options: CaptureOptions): LoadedCapture {
  const send = (event: ViewerInput): void => options.connection.send(event);
  const pads = captureGamepads(send, (found) => options.gamepadsChanged?.(found));
  const desktop = options.role === 'full' ? captureKeyboardAndPointer(options, send) : null;
  const release = new AbortController();
  const { signal } = release;
  window.addEventListener('blur', () => pads.releaseAll(), { signal });
  window.addEventListener('pagehide', () => pads.releaseAll(), { signal });
  document.addEventListener('visibilitychange', () => document.hidden && pads.releaseAll(), { signal });
  const unsubscribe = [
    options.connection.on('inputReady', () => pads.announce()),
    options.connection.on('players', (players) => pads.players(players)),
    options.connection.on('feedback', (feedback) => pads.feedback(feedback)),
  ];
  pads.announce();
  return {
    learnGamepad: (id, layout) => pads.learn(id, layout),
    typeText: (text) => desktop?.typeText(text),
    stopTyping: () => desktop?.stopTyping(),
    setKeyboard: (settings) => desktop?.setKeyboard(settings),
    close() {
      for (const off of unsubscribe) off();
      desktop?.close();
      pads.close();
      release.abort();
    },
  };
}

/** Keyboard, mouse and fingers: they go to the host from a click into the picture until the focus leaves it. */
function captureKeyboardAndPointer(
  { connection, video: surface, field, ...options }: CaptureOptions,
  send: (event: ViewerInput) => void,
): Omit<LoadedCapture, 'learnGamepad'> {
  const release = new AbortController();
  const { signal } = release;
  const pictureSize = () => ({ width: surface.videoWidth, height: surface.videoHeight });
  const typing = createTypingQueue(send, (progress) => options.typing?.(progress));
  const state = new KeyboardState({ platform: platformOf(navigator), settings: options.keyboard ?? KEYBOARD_SETTINGS });
  const keyboard = listenToKeyboard({ state, field, send: typing.key, releaseRequested: () => leave() });
  const take = (): void => keyboard.handle({ type: 'taken' });
  // Before the mouse: a click into the picture takes keyboard and pointer, and is itself the first input sent.
  surface.addEventListener(
    'pointerdown',
    (event) => {
      field.focus({ preventScroll: true });
      keyboard.takenBy(event);
    },
    { signal },
  );
  const isPinch = ({ ctrlKey }: WheelEvent): boolean => ctrlKey && !state.holdsControl;
  const zoom = captureZoom({ surface, isPinch });
  const devices: InputDevice[] = [
    captureMouse({ surface, pictureSize, send, isTaken: () => state.isTaken, isPinch }),
    captureTouch({ surface, pictureSize, touchSupported: () => connection.touchSupported, send }),
  ];

  const letGo = (): void => {
    keyboard.handle({ type: 'left' });
    for (const device of devices) device.releaseAll();
    if (lockedElement(surface) !== null) document.exitPointerLock();
  };
  const hasFocus = (): boolean =>
    document.hasFocus() && (field.getRootNode() as ShadowRoot | Document).activeElement === field;
  /** Returns pointer, screen and keyboard to the person. */
  const leave = (): void => {
    typing.stop('asked');
    // Refused if the browser has left by itself meanwhile.
    if (document.fullscreenElement !== null) document.exitFullscreen().catch(() => undefined);
    options.releaseRequested?.();
    field.blur();
  };

  field.addEventListener('focus', take, { signal });
  field.addEventListener('blur', letGo, { signal });
  window.addEventListener('blur', letGo, { signal });
  window.addEventListener('focus', () => hasFocus() && take(), { signal });
  window.addEventListener('pagehide', letGo, { signal });
  document.addEventListener('visibilitychange', () => (document.hidden ? letGo() : hasFocus() && take()), { signal });
  field.addEventListener(
    'paste',
    (event) => {
      event.preventDefault();
      typing.text(event.clipboardData?.getData('text/plain') ?? '');
    },
    { signal },
  );
  // The default action of mousedown would take the focus away again.
  surface.addEventListener('mousedown', (event) => event.preventDefault(), { signal });
  if (hasFocus()) take();

  const unsubscribe = [
    connection.on('inputReady', () => keyboard.handle({ type: 'connected' })),
    connection.on('state', ({ kind }) => kind !== 'playing' && typing.stop('disconnected')),
    connection.on('control', (control) => control !== null && !reachesHost(control) && typing.stop('controls')),
  ];
  return {
    typeText(text) {
      typing.text(text);
      // It would go nowhere, and look as if it had been typed.
      if (connection.control !== null && !reachesHost(connection.control)) typing.stop('controls');
    },
    stopTyping: () => typing.stop('asked'),
    setKeyboard(settings) {
      state.settings = settings;
    },
    close() {
      for (const off of unsubscribe) off();
      keyboard.close();
      typing.stop('disconnected');
      for (const device of devices) device.close();
      zoom.close();
      release.abort();
    },
  };
}

import type { ViewerInput } from '@moonshare/contract/browser';
import type { ViewerConnection } from '../connection/viewer-connection.ts';
import { reachesHost } from '../control/viewer-control.ts';
import type { InputDevice } from './device.ts';
import type { PadInfo } from './gamepad-tracker.ts';
import { captureGamepads } from './gamepads.ts';
import { listenToKeyboard } from './keyboard/keyboard-listener.ts';
import { type KeyboardSettings, KeyboardState } from './keyboard/keyboard-state.ts';
import { captureMouse, lockedElement } from './mouse.ts';
import type { PadLayout } from './pads/layout.ts';
import { platformOf } from './platform.ts';
import { createTypingQueue } from './text/typing-queue.ts';
import type { Typing } from './text/typist.ts';
import { captureTouch } from './touch.ts';
import { captureZoom } from './zoom/capture-zoom.ts';

export interface CaptureOptions {
  connection: ViewerConnection;
  /** Shows the picture, with `object-fit: contain` and `touch-action: none`; receives the pointer. */
  video: HTMLVideoElement;
  /** A text area that has the focus while keys are being captured. */
  field: HTMLTextAreaElement;
  /** `gamepad`: only gamepads. The server decides what counts; this avoids sending what it would drop. */
  role: 'gamepad' | 'full';
  keyboard?: KeyboardSettings;
  /** How far a long text is, or why it was not typed. */
  typing?: (typing: Typing) => void;
  /** The person wants keyboard, pointer and screen back. */
  releaseRequested?: () => void;
  /** Gamepads came or went, or their player numbers became known. */
  gamepadsChanged?: (pads: PadInfo[]) => void;
}

export interface InputCapture {
  /** Types a text on the host, such as the clipboard. */
  typeText(text: string): void;
  /** Stops typing the rest. */
  stopTyping(): void;
  setKeyboard(settings: KeyboardSettings): void;
  /** From now on gamepads of this kind (`Gamepad.id`) are read with this layout. */
  learnGamepad(id: string, layout: PadLayout): void;
  /** Releases everything held and stops. */
  close(): void;
}

export const KEYBOARD_SETTINGS: KeyboardSettings = { commandIsControl: false, matchLocks: true };

/** Captures all input of one viewport. What is held is released on the host when the field or the page loses the focus. */
export function captureInput(options: CaptureOptions): InputCapture {
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
): Omit<InputCapture, 'learnGamepad'> {
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

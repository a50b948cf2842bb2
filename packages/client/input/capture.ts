import type { ViewerInput } from '@moonshare/contract';
import type { ViewerConnection } from '../connection/viewer-connection.ts';
import type { InputDevice } from './device.ts';
import { captureGamepads } from './gamepads.ts';
import { captureKeyboard } from './keyboard.ts';
import { captureMouse, lockedElement } from './mouse.ts';
import { captureText, sendText } from './text.ts';
import { captureTouch } from './touch.ts';

export interface CaptureOptions {
  connection: ViewerConnection;
  /** Shows the picture, `object-fit: contain` and `touch-action: none`; takes the pointer. */
  video: HTMLVideoElement;
  /** A text area that has the focus while keys are captured. */
  field: HTMLTextAreaElement;
  /** `gamepad`: only those. The server decides what counts; this spares what it would drop. */
  role: 'gamepad' | 'full';
}

export interface InputCapture {
  /** Types a text at the host, such as the clipboard. */
  typeText(text: string): void;
  /** Lets go of everything held and stops. */
  close(): void;
}

/** Captures all input of one stage. What is held is let go at the host when the field or the page loses the focus. */
export function captureInput(o: CaptureOptions): InputCapture {
  const release = new AbortController();
  const { signal } = release;
  const surface = o.video;
  const send = (event: ViewerInput): void => o.connection.send(event);
  const pictureSize = () => ({ width: o.video.videoWidth, height: o.video.videoHeight });

  const pads = captureGamepads(send);
  const devices: InputDevice[] = [];
  if (o.role === 'full') {
    devices.push(
      captureKeyboard({ target: o.field, send, leave: () => leave(surface, o.field), apple: isApple() }),
      captureText({ field: o.field, send }),
      captureMouse({ surface: surface, pictureSize, send }),
      captureTouch({ surface: surface, pictureSize, touchSupported: () => o.connection.touchSupported, send }),
    );
    // Keys belong to the stage as soon as it is touched.
    surface.addEventListener('pointerdown', () => o.field.focus({ preventScroll: true }), { signal });
    // Mousedown's default action would take the focus away again.
    surface.addEventListener('mousedown', (event) => event.preventDefault(), { signal });
  }

  const releaseFocused = (): void => {
    for (const device of devices) device.releaseAll();
  };
  const releaseAll = (): void => {
    releaseFocused();
    pads.releaseAll();
  };
  o.field.addEventListener('blur', releaseFocused, { signal });
  window.addEventListener('blur', releaseAll, { signal });
  window.addEventListener('pagehide', releaseAll, { signal });
  document.addEventListener('visibilitychange', () => document.hidden && releaseAll(), { signal });

  const unsubscribe = [
    o.connection.on('inputReady', () => pads.announce()),
    o.connection.on('feedback', (feedback) => pads.feedback(feedback)),
  ];
  pads.announce();

  return {
    typeText: (text) => sendText(send, text),
    close() {
      for (const off of unsubscribe) off();
      for (const device of [...devices, pads]) device.close();
      release.abort();
    },
  };
}

/** Gives pointer, screen and keyboard back to the person. */
function leave(surface: HTMLElement, field: HTMLElement): void {
  if (lockedElement(surface) !== null) document.exitPointerLock();
  if (document.fullscreenElement !== null) void document.exitFullscreen();
  field.blur();
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}

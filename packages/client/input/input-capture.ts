import type { ViewerConnection } from '../connection/viewer-connection.ts';
import type { PadInfo } from './gamepad-tracker.ts';
import type { KeyboardSettings } from './keyboard/keyboard-settings.ts';
import type { PadLayout } from './pads/layout.ts';
import type { Typing } from './text/typing.ts';

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
  /** `status` of the capture has changed. */
  statusChanged?: (status: CaptureStatus) => void;
}

/**
 * The script that captures input is loaded when it is first needed; what is pressed before that goes nowhere. `missing`: it could not be
 * loaded so far, and not every browser can try again without a new page.
 */
export type CaptureStatus = 'loading' | 'missing' | 'capturing';

export interface InputCapture {
  readonly status: CaptureStatus;
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

/** A capture whose script is there. */
export type LoadedCapture = Omit<InputCapture, 'status'>;

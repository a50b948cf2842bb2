import './without-eval.ts';

export type { Problem, ProblemCode } from './connection/problem.ts';
export type { ConnectStep, ViewerState } from './connection/state.ts';
export {
  ViewerConnection,
  type ViewerConnectionEvents,
  type ViewerConnectionOptions,
} from './connection/viewer-connection.ts';
export { defineMoonshareViewer, MoonshareViewerElement } from './element/viewer-element.ts';
export { type Notice, notice } from './element/words.ts';
export { type CaptureOptions, captureInput, type InputCapture, KEYBOARD_SETTINGS } from './input/capture.ts';
export { gamepadsAvailable } from './input/gamepads.ts';
export type { KeyboardSettings } from './input/keyboard/keyboard-state.ts';
export { LEAVE_KEYS } from './input/leave-keys.ts';
export { lockPointer } from './input/mouse.ts';
export { isApple, platformOf } from './input/platform.ts';
export type { Typing } from './input/text/typist.ts';
export type { Picture, PictureCause } from './picture/watch.ts';
export type { Statistics } from './statistics/digest.ts';

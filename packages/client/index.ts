import './without-eval.ts';

export type { ConnectStep, ViewerState } from './connection/state.ts';
export {
  ViewerConnection,
  type ViewerConnectionEvents,
  type ViewerConnectionOptions,
} from './connection/viewer-connection.ts';
export { PART_WORDS, padTrouble, padWord, playerWord } from './element/pad-words.ts';
export { defineMoonshareViewer, MoonshareViewerElement } from './element/viewer-element.ts';
export { type Notice, notice } from './element/words.ts';
export { type CaptureOptions, captureInput, type InputCapture, KEYBOARD_SETTINGS } from './input/capture.ts';
export type { PadInfo, PadStatus } from './input/gamepad-tracker.ts';
export { gamepadsAvailable } from './input/gamepads.ts';
export type { KeyboardSettings } from './input/keyboard/keyboard-state.ts';
export { LEAVE_KEYS } from './input/leave-keys.ts';
export { lockPointer } from './input/mouse.ts';
export type { PadLayout, PadPart } from './input/pads/layout.ts';
export { PadLesson } from './input/pads/lesson.ts';
export { padName } from './input/pads/name.ts';
export { isApple, platformOf } from './input/platform.ts';
export type { Typing } from './input/text/typist.ts';
export type { Problem, ProblemCode } from './negotiation/problem.ts';
export type { Picture, PictureCause } from './picture/watch.ts';
export type { Statistics } from './statistics/digest.ts';

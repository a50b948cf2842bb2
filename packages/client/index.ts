export type {
  AppInfo,
  ErrorCode,
  HostEncryption,
  PeerToken,
  Role,
  TransportChoice,
  TransportKind,
  ViewerFeedback,
  ViewerInput,
} from '@moonshare/contract/browser';
export { DisconnectReason, disconnectReason } from './connection/disconnect-reason.ts';
export type { TokenProvider } from './connection/token.ts';
export { ViewerConnection, type ViewerConnectionOptions } from './connection/viewer-connection.ts';
export type { ViewerConnectionEvents } from './connection/viewer-connection-events.ts';
export type { ConnectStep, ViewerState } from './connection/viewer-state.ts';
export { controlText, ways } from './control/control-messages.ts';
export type {
  ControlRefusal,
  Participant,
  ParticipantName,
  Standing,
  ViewerControl,
} from './control/viewer-control.ts';
export type { MoonshareViewerEvents } from './element/events.ts';
export { describePad, describePlayers, PART_INSTRUCTIONS, padName, padProblem } from './element/gamepad-messages.ts';
export { type Notice, notice, shareText } from './element/messages.ts';
export { defineMoonshareViewer, MoonshareViewerElement } from './element/viewer-element.ts';
export type { PadInfo, PadStatus } from './input/gamepad-tracker.ts';
export type { CaptureOptions, CaptureStatus, InputCapture } from './input/input-capture.ts';
export { KEYBOARD_SETTINGS, type KeyboardSettings } from './input/keyboard/keyboard-settings.ts';
export { captureInput } from './input/lazy-capture.ts';
export type { PadLayout, PadPart } from './input/pads/layout.ts';
export { PadLesson } from './input/pads/lesson.ts';
export { gamepadsAvailable, isApple, LEAVE_KEYS, platformOf } from './input/platform.ts';
export { lockPointer } from './input/pointer-lock.ts';
export type { Typing } from './input/text/typing.ts';
export type { Picture, PictureCause } from './picture/freeze-detector.ts';
export type { Problem, ProblemCode } from './problem.ts';
export type { Statistics } from './statistics/digest.ts';
export type { LiveSource, ViewerStream } from './transport/media-transport.ts';
export type { StreamShare } from './transport/stream-share.ts';
export type { MediaStatistics } from './transport/viewer-media.ts';

export type {
  DisconnectReason,
  Participant,
  Problem,
  TokenProvider,
  ViewerControl,
  ViewerState,
} from '@moonshare/client';
export { type StreamControl, useStreamControl, useStreamParticipants } from './control.ts';
export { type StreamHandle, useStream, useStreamStatistics } from './hooks.ts';
export type { MoonshareViewerProps } from './jsx.ts';
export { Stream, type StreamProps } from './stream.ts';

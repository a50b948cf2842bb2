export type { DisconnectReason, Problem, TokenProvider, ViewerState } from '@moonshare/client';
export { type StreamHandle, useStream, useStreamStatistics } from './hooks.ts';
export { Stream, type StreamProps } from './stream.ts';

// What a browser needs of the contract: without zod, which would be most of a page's script.
export * from './backoff.ts';
export { TokenBucket } from './budgets/token-bucket.ts';
export { encodeInput, splitText } from './channels/encode.ts';
export { decodeFeedback, type ViewerFeedback } from './channels/feedback.ts';
export type { ViewerInput } from './channels/input.ts';
export { channelOptions, MAX_CONTROLLERS } from './channels/labels.ts';
export * from './clamp.ts';
export { type ErrorBody, type ErrorCode, isErrorCode } from './error-codes.ts';
export * from './invariant.ts';
export {
  type Acknowledgement,
  encodeAcknowledgement,
  encodeKeyFrameNeeded,
  encodeMediaInput,
  encodeViewerHello,
  type KeyFrameReason,
} from './media/from-viewer.ts';
export {
  type AudioConfiguration,
  type AudioMessage,
  decodeMediaMessage,
  MEDIA_VERSION,
  type MediaMessage,
  UNKNOWN_MEDIA_VERSION,
  type VideoConfiguration,
  type VideoMessage,
} from './media/to-browser.ts';
export type { ClientSignal } from './shapes/client-signal.ts';
export type {
  ControlActionName,
  ControlPolicy,
  ParticipantInfo,
  ParticipantReference,
} from './shapes/participants.ts';
export {
  type AppInfo,
  type HostEncryption,
  type IceServer,
  type Negotiation,
  type PeerToken,
  type Role,
  type Rung,
  readErrorBody,
  readPeerToken,
  readTransportChoice,
  type SessionDescription,
  type TransportChoice,
  type TransportKind,
} from './shapes/parts.ts';
export {
  type ControlSignal,
  type GeneralMessage,
  parseGeneralMessage,
  parseServerSignal,
  type ServerSignal,
} from './shapes/server-signals.ts';
export { MAX_SIGNAL_BYTES } from './signal-size.ts';
export { VIEWER_ERRORS } from './viewer-errors.ts';

export { ControlCipher, type ControlCipherOptions, type ControlCipherStats } from './cipher.ts';
export { decodeClientMessage, encodeClientMessage } from './client-message.ts';
export { decodeHostMessage, encodeHostMessage } from './host-message.ts';
export type { ClientMessage, FrameFecStatus, HdrMetadata, HostMessage } from './message.ts';

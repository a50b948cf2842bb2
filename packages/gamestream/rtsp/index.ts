export { isRemoteAddress } from './address.ts';
export { type AnnounceOptions, buildAnnounce, encoderBitrate } from './announce.ts';
export { RtspCipher, type RtspRole, rtspFrameLength } from './cipher.ts';
export { rtspHandshake } from './client.ts';
export {
  buildDescribe,
  ENCRYPT_AUDIO,
  ENCRYPT_CONTROL_V2,
  ENCRYPT_VIDEO,
  type HostDescription,
  parseDescribe,
} from './describe.ts';
export { RtspHandshake, type RtspHandshakeInput, type RtspMethod, type RtspProgress } from './handshake.ts';
export {
  encodeRequest,
  encodeResponse,
  headerValue,
  parseRequest,
  parseResponse,
  type RtspHeader,
  type RtspRequest,
  type RtspResponse,
} from './message.ts';
export { chooseOpusLayout, SUNSHINE_OPUS_LINES } from './opus-layout.ts';
export { type Announcement, parseAnnounce } from './parse-announce.ts';
export { parseSessionUrl, type SessionUrl } from './session-url.ts';
export { parseSetupReply, parseSetupTarget, type SetupReply, setupReplyHeaders } from './setup.ts';
export type { RtspHandshakeOptions, RtspSession, RtspSetup, RtspStream } from './types.ts';

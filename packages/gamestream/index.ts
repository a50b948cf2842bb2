/**
 * The GameStream protocol, for clients and for hosts. Invariants:
 *
 * - A core has no side effects. Bytes and the time go in; `{ events, wakeAt }` comes out, and `wakeAt` is in the future.
 * - Frames, sound and the messages of each channel are emitted once and in order. A frame follows the one before it
 *   or is a key frame.
 * - Data held because of the network is bounded in bytes, and is released with whatever it belonged to.
 *
 * Invariants that a fault of ours could break unnoticed are asserted (`node:assert`), and the fuzz run tests them.
 */

export * from './audio/packetizer.ts';
export * from './audio/receiver.ts';
export { ControlCipher, type ControlCipherOptions, type ControlCipherStats } from './control/cipher.ts';
export { decodeClientMessage, encodeClientMessage } from './control/client-message.ts';
export { decodeHostMessage, encodeHostMessage } from './control/host-message.ts';
export type { ClientMessage, FrameFecStatus, HdrMetadata, HostMessage } from './control/message.ts';
export { EnetHost, type EnetHostOptions, type EnetPeerStats } from './enet/host.ts';
export { EnetObserver, type ObservedMessage, type ObservedSide } from './enet/observer.ts';
export { EnetSocket } from './enet/socket.ts';
export type { EnetAddress, EnetEvent, EnetMode, EnetOutput, EnetSend } from './enet/types.ts';
export * from './errors.ts';
export * from './fec/erasure-code.ts';
export * from './fec/parity.ts';
export { appListXml } from './http/apps.ts';
export { bitrateReplyXml } from './http/bitrate.ts';

export { bracketed, unmapped, withoutZone } from './http/host-address.ts';
export { HostClient, type HostClientOptions } from './http/host-client.ts';
export { createClientIdentity, createHostIdentity } from './http/identity.ts';
export { cancelReplyXml, type LaunchParameters, launchReplyXml, parseLaunchParameters } from './http/launch.ts';
export { type PairOptions, pair } from './http/pair.ts';
export {
  PairingClient,
  type PairingClientOptions,
  type PairingPhase,
  type PairingRequest,
} from './http/pairing-client.ts';
export type { PairingHash } from './http/pairing-crypto.ts';
export { PairingHost, type PairingHostAnswer, type PairingHostOptions } from './http/pairing-host.ts';
export { parseQuery, type QueryParameters } from './http/query.ts';
export { resolveHost } from './http/resolve-host.ts';
export { type DisplayMode, type ServerInfoFields, serverInfoXml } from './http/server-info.ts';
export { createSessionKeys } from './http/session-keys.ts';
export type { App, AppVersion, ClientIdentity, LaunchReply, LaunchRequest, ServerInfo } from './http/types.ts';
export { wakeOnLanPacket, wakeOnLanPorts } from './http/wake-on-lan.ts';
export { errorXml, parseReply, replyXml, type XmlChild, type XmlReply } from './http/xml.ts';
export { decodeInput } from './input/decode.ts';
export { encodeInput } from './input/encode.ts';
export type {
  ControllerArrivalPacket,
  ControllerStatePacket,
  ControllerTouchPacket,
  InputPacket,
  PenPacket,
  PointerEvent,
  TouchPacket,
} from './input/packet.ts';
export { splitText } from './input/split.ts';
export { isRemoteAddress } from './rtsp/address.ts';
export { type AnnounceOptions, buildAnnounce, encoderBitrate } from './rtsp/announce.ts';
export { RtspCipher, type RtspRole, rtspFrameLength } from './rtsp/cipher.ts';
export { rtspHandshake } from './rtsp/client.ts';
export {
  buildDescribe,
  ENCRYPT_AUDIO,
  ENCRYPT_CONTROL_V2,
  ENCRYPT_VIDEO,
  type HostDescription,
  parseDescribe,
} from './rtsp/describe.ts';
export { RtspHandshake, type RtspHandshakeInput, type RtspMethod, type RtspProgress } from './rtsp/handshake.ts';
export {
  encodeRequest,
  encodeResponse,
  headerValue,
  parseRequest,
  parseResponse,
  type RtspHeader,
  type RtspRequest,
  type RtspResponse,
} from './rtsp/message.ts';
export { chooseOpusLayout, SUNSHINE_OPUS_LINES } from './rtsp/opus-layout.ts';
export { type Announcement, parseAnnounce } from './rtsp/parse-announce.ts';
export { parseSessionUrl, type SessionUrl } from './rtsp/session-url.ts';
export { parseSetupReply, parseSetupTarget, type SetupReply, setupReplyHeaders } from './rtsp/setup.ts';
export type { RtspHandshakeOptions, RtspSession, RtspSetup, RtspStream } from './rtsp/types.ts';
export {
  type DatagramSocket,
  type DatagramSocketOptions,
  type OpenDatagramSocket,
  openNodeSocket,
} from './stream/datagram-socket.ts';
export { GameStream, type GameStreamOptions, type GameStreamStats, type StreamStage } from './stream/game-stream.ts';
export { type MediaOrigin, MediaSockets } from './stream/media-sockets.ts';
export type { Media } from './stream/ping-schedule.ts';
export { isGraceful, type StreamEndReason, terminationError } from './stream/termination.ts';
export * from './types.ts';
export { type CreateGcmOpener, createNodeGcmOpener, type GcmOpener } from './video/cipher.ts';
export * from './video/decode-gate.ts';
export { type EncodedFrame, VideoPacketizer, type VideoPacketizerOptions } from './video/packetizer.ts';
export * from './video/receiver.ts';
export * from './video/types.ts';

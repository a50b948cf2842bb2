export { canonicalAddress, type Endpoint } from './address.ts';
export { middle32, type Ntp, toNtp } from './clock/ntp.ts';
export type { NetworkEstimate } from './congestion/estimator.ts';
export { SctpDataChannels } from './dcep/data-channels.ts';
export type { ChannelProperties } from './dcep/message.ts';
export type { ChannelEvent, ChannelOutput } from './dcep/types.ts';
export { createDtlsCertificate, type DtlsCertificate } from './dtls/certificate.ts';
export { Dtls, type DtlsEvent, type DtlsOptions } from './dtls/dtls.ts';
export { type Fingerprint, parseFingerprint } from './dtls/fingerprint.ts';
export type { DtlsCloseReason, SrtpKeys } from './dtls/transcript.ts';
export {
  type FanoutRtx,
  type FanoutViewer,
  type RefusedPackets,
  RtpFanout,
  type ViewerPath,
} from './fanout/rtp-fanout.ts';
export { IceAgent, type IceAgentOptions, type IceStats } from './ice/agent.ts';
export { isAllowedAddress, localNetworks } from './ice/allowed-addresses.ts';
export { candidateLines, type HostCandidateOptions, hostCandidates, type LocalCandidate } from './ice/candidate.ts';
export type { IceCredentials } from './ice/checks.ts';
export type { IceEvent, Path } from './ice/path.ts';
export { type ReflexiveEvent, ReflexiveGatherer, type ReflexiveGathererOptions } from './ice/reflexive-gatherer.ts';
export { IceRouter, type StunParty } from './ice/router.ts';
export type { RemoteIceCredentials } from './ice/session.ts';
export { IceTcpConnection, type TcpConnectionEvent } from './ice/tcp-connection.ts';
export { encodeFrame } from './ice/tcp-framing.ts';
export { type FanoutStatistics, type LoadedNative, loadNative, type NativeAddon } from './native/load.ts';
export { FramePacer, type PacedFrame, type Slice } from './pacing/frame-pacer.ts';
export type { RtpHeader } from './peer/media-queue.ts';
export { Peer, type PeerChannelEvent, type PeerEnd, type PeerEvents, type PeerOptions } from './peer/peer.ts';
export { WebRtcServer, type WebRtcServerOptions } from './peer/server.ts';
export { PacketHistory } from './resend/packet-history.ts';
export { ResendBudget } from './resend/resend-budget.ts';
export { ResendQueue } from './resend/resend-queue.ts';
export { SequenceWindow } from './resend/sequence-window.ts';
export { countRtcpParts, isRtcpReport, parseRtcp, type RtcpMessage } from './rtcp/parse.ts';
export { buildSenderReport, roundTripMs } from './rtcp/sender-report.ts';
export type { TransportFeedback } from './rtcp/transport-feedback.ts';
export { MAX_RTP_PAYLOAD, RTP_HEADER_BYTES, type StreamBinding, sendPatched } from './rtp/packet.ts';
export { type AccessUnit, LARGEST_FRAME, packetizeOpus, RtpVideoPacketizer } from './rtp/packetizer.ts';
export { SctpAssociation } from './sctp/association.ts';
export type { SctpOptions } from './sctp/options.ts';
export type { Delivery, SctpEnd, SctpEvent, SctpOutput, SctpStatistics } from './sctp/types.ts';
export { SdpError, UnsupportedVideoError } from './sdp/errors.ts';
export type { MediaFormat, SoundLayout } from './sdp/media-format.ts';
export {
  type LocalDescription,
  type NegotiationStep,
  type RemoteDescription,
  restartsIce,
  SdpNegotiation,
} from './sdp/negotiation.ts';
export { parseSdp, type SdpTransport } from './sdp/parse.ts';
export type { VideoAbilities } from './sdp/video-codec.ts';
export type { LocalTransport } from './sdp/write.ts';

export { type Datagram, UdpSocket, type UdpSocketOptions } from './socket/udp-socket.ts';
export { type SrtpProfile, SrtpSession } from './srtp/session.ts';

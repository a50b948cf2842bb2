export { IceAgent, type IceAgentOptions, type IceStats } from './ice/agent.ts';
export { candidateLines, type HostCandidateOptions, hostCandidates, type LocalCandidate } from './ice/candidate.ts';
export type { IceEvent, Path } from './ice/path.ts';
export type { IceCredentials, RemoteIceCredentials } from './ice/session.ts';
export { type LoadedNative, loadNative, type NativeAddon } from './native/load.ts';
export type { Endpoint } from './socket/address-book.ts';
export { type Datagram, UdpSocket, type UdpSocketOptions } from './socket/udp-socket.ts';
export { type SrtpProfile, SrtpSession } from './srtp/session.ts';
export { canonicalAddress, type Endpoint } from './stun/address.ts';

export { type LoadedNative, loadNative, type NativeAddon } from './native/load.ts';
export type { Endpoint } from './socket/address-book.ts';
export { type Datagram, UdpSocket, type UdpSocketOptions } from './socket/udp-socket.ts';
export { type SrtpProfile, SrtpSession } from './srtp/session.ts';

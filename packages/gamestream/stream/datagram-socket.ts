import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';

/** A key frame of several megabytes may come in one burst; the kernel grants at most `net.core.rmem_max`. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

/** A UDP socket connected to one address: the kernel drops what comes from elsewhere. */
export interface DatagramSocket {
  /** What cannot be sent is lost. */
  send(datagram: Buffer): void;
  /** Resolves when the local port is free again. Nothing is received after the call. */
  close(): Promise<void>;
}

export interface DatagramSocketOptions {
  /** IP address of the peer, an IPv6 one perhaps with its zone. */
  address: string;
  port: number;
  /** 0: any free one. */
  localPort: number;
  /** A datagram of the peer. Its memory may be used again as soon as this returns. */
  receive(datagram: Buffer): void;
  /** A datagram from elsewhere came before the kernel began to drop them. */
  foreign(): void;
}

/** Binds to all addresses of the peer's family, and connects. Errors: those of the system. */
export type OpenDatagramSocket = (options: DatagramSocketOptions) => Promise<DatagramSocket>;

/** Node's own. */
export const openNodeSocket: OpenDatagramSocket = async ({ address, port, localPort, receive, foreign }) => {
  const socket = await bound(address, localPort);
  // ICMP errors mean that the peer's port is not open yet, or no more: the control stream knows which.
  socket.on('error', () => undefined);
  let peer: { address: string; port: number } | null = null;
  socket.on('message', (datagram, from) => {
    if (from.port === peer?.port && from.address === peer.address) receive(datagram);
    else foreign();
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.connect(port, address, (error?: Error) => (error === undefined ? resolve() : reject(error)));
    });
  } catch (error) {
    socket.close();
    throw error;
  }
  peer = socket.remoteAddress();
  return {
    send: (datagram) => socket.send(datagram, () => undefined),
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
};

async function bound(address: string, port: number): Promise<Socket> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    socket.bind(port);
    await once(socket, 'listening');
  } catch (error) {
    socket.close();
    throw error;
  }
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  return socket;
}

import { setImmediate } from 'node:timers/promises';
import { type DatagramSocket, type OpenDatagramSocket, openNodeSocket } from '@moonshare/gamestream';
import { canonicalAddress, type Endpoint, loadNative, UdpSocket } from '@moonshare/webrtc';

/** Reads in batches, which takes much less of the processor than Node's sockets; those are used where the addon does not load. */
export const openDatagramSocket: OpenDatagramSocket = async (options) => {
  const address = canonicalAddress(options.address);
  // The addon knows no zones, and no IPv4 inside IPv6.
  const isPlain = address !== null && !address.startsWith('::ffff:');
  if (!isPlain || 'reason' in loadNative()) return openNodeSocket(options);
  const { port, localPort, receive, foreign } = options;
  /** The object that stands for the peer, most of the time. */
  let known: Endpoint | null = null;
  const isPeer = (from: Endpoint): boolean => {
    if (from === known) return true;
    if (from.port !== port || canonicalAddress(from.address) !== address) return false;
    known = from;
    return true;
  };
  const socket = UdpSocket.bind({
    address: address.includes(':') ? '::' : '0.0.0.0',
    port: localPort,
    peer: { address, port },
    receive(batch) {
      for (const { data, from } of batch) {
        if (isPeer(from)) receive(data);
        else foreign();
      }
    },
  });
  return new BatchedSocket(socket, { address, port });
};

class BatchedSocket implements DatagramSocket {
  readonly #socket: UdpSocket;
  readonly #peer: Endpoint;

  constructor(socket: UdpSocket, peer: Endpoint) {
    this.#socket = socket;
    this.#peer = peer;
  }

  send(datagram: Buffer): void {
    this.#socket.send(datagram, this.#peer);
  }

  async close(): Promise<void> {
    this.#socket.close();
    // The event loop closes descriptors after it has run these, so the second comes when the port is free.
    await setImmediate();
    await setImmediate();
  }
}

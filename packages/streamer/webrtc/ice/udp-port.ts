import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A UDP port that is free now, on all addresses or on one. */
export async function freeUdpPort(address: string | undefined): Promise<number> {
  const socket = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(0, address);
    await once(socket, 'listening');
    return socket.address().port;
  } finally {
    socket.close();
  }
}

import { GameStreamError } from '../errors.ts';

/** The 102 bytes that wake a sleeping host, protocol/1 §2. `mac` like a1:b2:c3:d4:e5:f6. Throws INVALID_ARGUMENT. */
export function wakeOnLanPacket(mac: string): Buffer {
  if (!/^[0-9a-f]{2}([:-][0-9a-f]{2}){5}$/i.test(mac)) {
    throw new GameStreamError('INVALID_ARGUMENT', 'Not a MAC address');
  }
  const address = Buffer.from(mac.replace(/[:-]/g, ''), 'hex');
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array<Buffer>(16).fill(address)]);
}

/** The UDP ports to send it to, for a host whose HTTP port is `httpPort`. */
export function wakeOnLanPorts(httpPort: number): number[] {
  return [9, 47009, ...[9, 10, 11, 13, 21].map((offset) => httpPort + offset)];
}

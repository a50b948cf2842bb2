import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { wakeOnLanPacket, wakeOnLanPorts } from '@moonshare/gamestream';

/** Sends the wake-up packet to every address that may reach a sleeping host, protocol/1 §2. */
export async function wake(mac: string, host: { address: string; httpPort: number }): Promise<void> {
  const packet = wakeOnLanPacket(mac);
  const ports = wakeOnLanPorts(host.httpPort);
  const interfaces = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ internal }) => !internal).map((address) => ({ name, address })),
  );
  const v4 = interfaces.filter(({ address }) => address.family === 'IPv4');
  const v6 = interfaces.filter(({ address }) => address.family === 'IPv6');
  const broadcasts = new Set(['255.255.255.255', ...v4.map(({ address }) => broadcastAddress(address))]);
  const groups = new Set(v6.map(({ name }) => `ff02::1%${name}`));
  await Promise.all([
    sendAll('udp4', packet, ports, [...broadcasts, host.address]),
    sendAll('udp6', packet, ports, [...groups, host.address]),
  ]);
}

/** The highest address in an interface's network. */
export function broadcastAddress({ address, netmask }: Pick<NetworkInterfaceInfo, 'address' | 'netmask'>): string {
  const mask = netmask.split('.').map(Number);
  return address
    .split('.')
    .map((part, i) => Number(part) | (~(mask[i] ?? 255) & 255))
    .join('.');
}

/** Best effort: an address of the other family or a network without broadcast is not an error. */
async function sendAll(type: 'udp4' | 'udp6', packet: Buffer, ports: number[], addresses: string[]): Promise<void> {
  const socket = createSocket(type);
  try {
    socket.bind(0);
    await once(socket, 'listening');
    if (type === 'udp4') socket.setBroadcast(true);
    const send = promisify<Buffer, number, string, number>(socket.send.bind(socket));
    await Promise.allSettled(addresses.flatMap((address) => ports.map((port) => send(packet, port, address))));
  } catch {
    // No such address family on this machine.
  } finally {
    socket.close();
  }
}

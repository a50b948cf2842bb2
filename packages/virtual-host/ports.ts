import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

export interface HostPorts {
  http: number;
  https: number;
  rtsp: number;
  video: number;
  control: number;
  audio: number;
  admin: number;
}

/** The ports of a host by its base port, protocol/1 §2; `admin` is this host's own. */
export function portsOf(base: number): HostPorts {
  return {
    http: base,
    https: base - 5,
    rtsp: base + 21,
    video: base + 9,
    control: base + 10,
    audio: base + 11,
    admin: base + 40,
  };
}

const ATTEMPTS = 50;

/** A base port whose ports are all free at the moment, from the range where the system gives none by itself. */
export async function findFreeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const base = 20_000 + Math.floor(Math.random() * 12_000);
    const { video, control, audio, ...tcp } = portsOf(base);
    const free = await Promise.all([
      ...Object.values(tcp).map(tcpPortIsFree),
      ...[video, control, audio].map(udpPortIsFree),
    ]);
    if (free.every(Boolean)) return base;
  }
  throw new Error(`No free block of ports was found in ${ATTEMPTS} attempts`);
}

function tcpPortIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}

function udpPortIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, () => socket.close(() => resolve(true)));
  });
}

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

/** Distances of the media ports from the base port; a Wolf of 2024 gives each further session the next pair. */
const MEDIA = {
  sunshine: { video: 9, audio: 11 },
  wolf: { video: 111, audio: 211 },
  'wolf-2026': { video: 111, audio: 211 },
};

/** The hosts that this one can imitate. */
export type ProfileName = keyof typeof MEDIA;

const WOLF_SESSIONS = 4;

/** The ports of a host with this base port, protocol/1 §2; `admin` is this host's own. */
export function portsOf(base: number, like: ProfileName = 'sunshine'): HostPorts {
  return {
    http: base,
    https: base - 5,
    rtsp: base + 21,
    video: base + MEDIA[like].video,
    control: base + 10,
    audio: base + MEDIA[like].audio,
    admin: base + 40,
  };
}

const ATTEMPTS = 50;
const SLICES = 8;
const SLICE_PORTS = 1_470;
/** A block reaches from 5 below its base to 214 above. */
const BLOCK_PORTS = 220;

/** A base port whose ports are all free right now for any kind of host, outside the system's ephemeral range. */
export async function findFreeBasePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const base = someBase();
    const { video, control, audio, ...tcp } = portsOf(base);
    const wolf = portsOf(base, 'wolf');
    const more = Array.from({ length: WOLF_SESSIONS }, (_, n) => [wolf.video + n, wolf.audio + n]).flat();
    const free = await Promise.all([
      ...Object.values(tcp).map(tcpPortIsFree),
      ...[video, control, audio, ...more].map(udpPortIsFree),
    ]);
    if (free.every(Boolean)) return base;
  }
  throw new Error(`No free block of ports was found in ${ATTEMPTS} attempts`);
}

/** Processes mostly search different slices, so that two of them seldom pick the same ports at the same time. */
function someBase(): number {
  const slice = 20_005 + SLICE_PORTS * (process.pid % SLICES);
  return slice + Math.floor(Math.random() * (SLICE_PORTS - BLOCK_PORTS));
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

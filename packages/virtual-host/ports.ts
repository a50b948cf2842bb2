import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';

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

const FIRST_BLOCK = 20_005;
/** A block reaches from 5 below its base to 214 above. */
const BLOCK_PORTS = 220;
/** Up to the system's ephemeral range. */
const BLOCKS = 57;
/** Bound while a block is claimed; no host uses it. */
const CLAIM = 41;
/** As many hosts as are started at once. */
const MAX_CLAIMS = 4;

const claims: Server[] = [];

/**
 * A base port whose ports are all free for any kind of host, outside the system's ephemeral range. It is claimed: nobody who asks, in
 * this process or another, gets the same before this process has asked four times more, or ends.
 */
export async function findFreeBasePort(): Promise<number> {
  const first = Math.floor(Math.random() * BLOCKS);
  for (let n = 0; n < BLOCKS; n++) {
    const base = FIRST_BLOCK + BLOCK_PORTS * ((first + n) % BLOCKS);
    const claimed = await claim(base + CLAIM);
    if (claimed === null) continue;
    if (await isFree(base)) {
      claims.push(claimed);
      if (claims.length > MAX_CLAIMS) claims.shift()!.close();
      return base;
    }
    claimed.close();
  }
  throw new Error(`None of ${BLOCKS} blocks of ports is free`);
}

/** null: somebody else has claimed it. */
function claim(port: number): Promise<Server | null> {
  return new Promise((resolve) => {
    const server = createServer().unref();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

async function isFree(base: number): Promise<boolean> {
  const { video, control, audio, ...tcp } = portsOf(base);
  const wolf = portsOf(base, 'wolf');
  const more = Array.from({ length: WOLF_SESSIONS }, (_, n) => [wolf.video + n, wolf.audio + n]).flat();
  const free = await Promise.all([
    ...Object.values(tcp).map(tcpPortIsFree),
    ...[video, control, audio, ...more].map(udpPortIsFree),
  ]);
  return free.every(Boolean);
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

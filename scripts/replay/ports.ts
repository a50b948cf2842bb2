import { parseAudioDatagram } from '../../packages/gamestream/audio/datagram.ts';
import type { UdpDatagram } from './udp.ts';

interface Ports {
  video: number;
  audio: number;
  control: number;
}

/**
 * The host's media ports: the stated ones, if anything came from them. Otherwise they are guessed from the traffic, since
 * Wolf serves a resumed session on new ports (protocol/5 Wolf 1).
 */
export function findMediaPorts(datagrams: readonly UdpDatagram[], stated: Ports): { video: number; audio: number } {
  const used = new Set(datagrams.map(({ source }) => source.port));
  const audio = used.has(stated.audio)
    ? stated.audio
    : busiest(datagrams, stated, ({ payload }) => (parseAudioDatagram(payload) === null ? 0 : 1));
  const video = used.has(stated.video)
    ? stated.video
    : busiest(datagrams, { ...stated, audio }, ({ payload }) => payload.length);
  return { video, audio };
}

/** The source port with the highest sum of weights, other than those taken; 0 when there is none. */
function busiest(datagrams: readonly UdpDatagram[], taken: Ports, weigh: (datagram: UdpDatagram) => number): number {
  const sums = new Map<number, number>();
  for (const datagram of datagrams) {
    const { port } = datagram.source;
    // A client sends to the stated ports; only hosts send from others.
    if (Object.values(taken).some((known) => known === port || known === datagram.destination.port)) continue;
    sums.set(port, (sums.get(port) ?? 0) + weigh(datagram));
  }
  let best = { port: 0, sum: 0 };
  for (const [port, sum] of sums) if (sum > best.sum) best = { port, sum };
  return best.port;
}

import type { PairingInfo } from '@moonshare/contract';
import { boundUdpPorts } from '../chaos/proc.ts';
import { streamersOf } from '../harness/processes.ts';
import type { Stack } from '../harness/stack.ts';
import { poll } from '../harness/virtual-host.ts';

/**
 * Waits until nothing is left of past streamers: no app or session on the host, no leased or lost client certificate, no process,
 * no UDP port. Throws if something stays. Returns the number of client certificates.
 */
export async function untilNothingIsLeft(stack: Stack, udpPorts: { from: number; to: number }): Promise<number> {
  const look = async () => {
    const { streamers } = await stack.api.call<{ streamers: { streamer_id: string }[] }>('GET', '/api/streamers');
    const { client_certificates } = await stack.api.call<PairingInfo>('GET', '/api/pair/0');
    const { runningApps, sessions, pairedClients } = await stack.host.state();
    return {
      streamers: streamers.map(({ streamer_id }) => streamer_id),
      certificates: { ...client_certificates, atTheHost: pairedClients },
      runningApps,
      sessions: sessions.length,
      processes: await streamersOf(process.pid),
      udpPorts: await boundUdpPorts(udpPorts),
    };
  };
  const { certificates } = await poll('nothing to be left', look, (left) => {
    const { paired, free, atTheHost } = left.certificates;
    return (
      paired === free &&
      paired === atTheHost &&
      left.sessions === 0 &&
      [left.streamers, left.runningApps, left.processes, left.udpPorts].every((all) => all.length === 0)
    );
  });
  return certificates.paired;
}

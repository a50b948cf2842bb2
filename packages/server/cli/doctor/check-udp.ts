import type { Config } from '../../config/settings.ts';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { freeUdpPorts, tryListen, tryUdp } from './ports.ts';

const FEW = 3;

/** Whether there are ports for streamers, and whether this machine delivers its own datagrams to them. */
export async function checkUdpPorts(
  { udpPorts }: Config,
  options: { bind: string | undefined; own: readonly string[]; limitMs: number; tcp: boolean },
): Promise<Finding[]> {
  const check = 'viewer ports';
  const { from, to } = udpPorts;
  const size = to - from + 1;
  const free = await freeUdpPorts(udpPorts, options.bind, size);
  const [port] = free;
  const taken = `UDP ${from}-${to}: ${free.length} of ${size} free; each further streamer needs one`;
  if (port === undefined) return [problem(check, taken, 'Widen MOONSHARE_UDP_PORTS, or end a streamer.')];
  const room = free.length < FEW && free.length < size;
  const findings = [room ? warning(check, taken, 'Widen MOONSHARE_UDP_PORTS before they run out.') : ok(check, taken)];
  if (options.tcp) findings.push(...(await checkTcp(free, options.bind)));
  const target = options.bind ?? options.own.find((address) => !address.includes(':')) ?? '127.0.0.1';
  const outcome = await tryUdp(port, options.bind, target, options.limitMs);
  if (outcome === 'open') findings.push(ok(check, `a datagram to ${target}:${port} arrives`));
  else {
    const fix = `Allow UDP ${from}-${to} in this machine's firewall.`;
    findings.push(problem(check, `a datagram to ${target}:${port}: ${outcome}`, fix));
  }
  const outside =
    'whether they can be reached from outside shows only from there: open a link on a phone without Wi-Fi';
  return [...findings, unknown(check, outside)];
}

/** Whether the same numbers are free over TCP, for browsers without UDP: a streamer does without if its own is not. */
async function checkTcp(udpPorts: readonly number[], bind: string | undefined): Promise<Finding[]> {
  const taken: number[] = [];
  for (const port of udpPorts) if ((await tryListen(bind ?? '0.0.0.0', port)) !== 'free') taken.push(port);
  if (taken.length === 0) return [];
  const said = `TCP ${taken.join(', ')}: not to be had; browsers without UDP cannot reach a streamer that gets such a port`;
  return [warning('viewer ports', said, 'Stop the program that uses it, or set MOONSHARE_UDP_PORTS to other ports.')];
}

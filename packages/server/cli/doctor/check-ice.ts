import { isIP } from 'node:net';
import type { IceServer } from '@moonshare/contract';
import { turnServers } from '../../config/derived.ts';
import type { Config } from '../../config/settings.ts';
import { IceServers } from '../../streamers/ice-servers.ts';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { tryTcp } from './ports.ts';
import { askStun, askTurn, type IceUrl, parseIceUrl } from './stun/client.ts';

/** Each STUN and TURN server, with the credentials that a browser would get. `mapped`: our address as the first of them saw it. */
export async function checkIceServers(
  config: Config,
  limitMs: number,
): Promise<{ findings: Finding[]; mapped: string | null }> {
  const servers = new IceServers(config.iceServers, turnServers(config)).forPeer('doctor', Date.now());
  const urls = servers.flatMap((server) => server.urls.map((url) => ({ url, server })));
  const answers = await Promise.all(urls.map(({ url, server }) => checkUrl(url, server, limitMs)));
  if (urls.length === 0) {
    const fix = 'Set MOONSHARE_ICE_SERVERS or MOONSHARE_TURN_URLS if people watch from other networks.';
    return { findings: [unknown('stun and turn', 'no server is configured', fix)], mapped: null };
  }
  return {
    findings: answers.map(({ finding }) => finding),
    mapped: answers.find(({ mapped }) => mapped !== null)?.mapped ?? null,
  };
}

async function checkUrl(
  url: string,
  server: IceServer,
  limitMs: number,
): Promise<{ finding: Finding; mapped: string | null }> {
  const parsed = parseIceUrl(url);
  if (parsed === null) {
    const finding = problem(url, 'is not a STUN or TURN address', 'It must look like turn:host:3478?transport=udp.');
    return { finding, mapped: null };
  }
  if (parsed.transport === 'tcp') return { finding: await checkTcp(url, parsed, limitMs), mapped: null };
  try {
    if (parsed.scheme === 'turn') {
      const { address, port } = await askTurn(parsed, server, limitMs);
      return { finding: ok(url, `relays from ${address}:${port}`), mapped: null };
    }
    const mapped = await askStun(parsed, limitMs);
    return { finding: ok(url, `answers; it sees us as ${mapped.address}`), mapped: mapped.address };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { finding: problem(url, message, remedy(message, parsed)), mapped: null };
  }
}

/** Whether something is listening; no relay over TCP or TLS is tried. */
async function checkTcp(url: string, { address, port }: IceUrl, limitMs: number): Promise<Finding> {
  const outcome = await tryTcp(address, port, limitMs);
  if (outcome !== 'open') return problem(url, outcome, `Check that it is on and that no firewall blocks TCP ${port}.`);
  return unknown(url, 'is listening; relaying over TCP or TLS is not tested from here');
}

function remedy(message: string, { scheme, port }: IceUrl): string {
  if (/^401\b|^441\b/.test(message)) {
    return 'Compare MOONSHARE_TURN_SECRET with static-auth-secret of the server (or username and credential), and the clocks.';
  }
  if (/^486\b|^508\b/.test(message)) return 'The TURN server has no relay left: raise its quota or its port range.';
  const what = scheme === 'turn' ? 'TURN' : 'STUN';
  return `Check that the ${what} server is on, that its address is right and that no firewall blocks UDP ${port}.`;
}

/** Whether browsers are given an address at which we can be reached. `own`: addresses of this machine's interfaces. */
export function checkPublicAddress(config: Config, mapped: string | null, own: readonly string[]): Finding {
  const check = 'public address';
  const { publicAddress, udpPorts } = config;
  const forward = `forward UDP ${udpPorts.from}-${udpPorts.to} to this machine at the router`;
  if (publicAddress === undefined) {
    if (mapped === null) return unknown(check, 'not set, and no STUN server reported one: fine within one network');
    if (own.includes(mapped)) return ok(check, `${mapped} is an address of this machine`);
    return warning(
      check,
      `this machine is behind NAT as ${mapped}, but browsers are given local addresses`,
      `For people outside: set MOONSHARE_PUBLIC_ADDRESS=${mapped} and ${forward}.`,
    );
  }
  if (mapped === null || isIP(mapped) !== isIP(publicAddress)) {
    const fix = 'Add a STUN server to MOONSHARE_ICE_SERVERS to have it checked.';
    return unknown(check, `${publicAddress} is set, but no STUN server confirmed it`, fix);
  }
  if (mapped !== publicAddress) {
    const fix = `Set MOONSHARE_PUBLIC_ADDRESS=${mapped} and ${forward}.`;
    return problem(check, `browsers are given ${publicAddress}, but this machine is ${mapped}`, fix);
  }
  if (own.includes(mapped)) return ok(check, `${mapped} is right`);
  return ok(check, `${mapped} is right, if the router forwards UDP ${udpPorts.from}-${udpPorts.to} to this machine`);
}

import { MoonshareError } from '@moonshare/contract';
import { type ClientIdentity, HostClient, type ServerInfo } from '@moonshare/gamestream';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { tryTcp } from './ports.ts';

export interface KnownHost {
  address: string;
  httpPort: number;
  /** What pairing left here; null where there is none, or where a running server keeps it. */
  pairing: { identity: ClientIdentity; certificate: string } | null;
  /** What a running server says; null without one. */
  paired: boolean | null;
}

/** From the HTTP port, protocol/1 §2. */
const RTSP_OFFSET = 21;
/** Bits of ServerCodecModeSupport, protocol/1 §4. */
const H264 = 0x1;
const HEVC = 0x100 | 0x200;
const AV1 = 0x10000 | 0x20000;

/** Everything about one host, in the order in which it breaks. */
export async function checkHost(host: KnownHost, limitMs: number): Promise<Finding[]> {
  const name = `host ${host.address}:${host.httpPort}`;
  const http = await tryTcp(host.address, host.httpPort, limitMs);
  if (http !== 'open') {
    const fix = `Is it on, is the address right, does a firewall block TCP ${host.httpPort}?`;
    return [problem(name, `TCP ${host.httpPort} (HTTP): ${http}`, fix)];
  }
  const { info, findings } = await askInfo(name, host, limitMs);
  if (info === null) return findings;
  findings.push(...(await checkPorts(name, host, info, limitMs)));
  return [...findings, checkPairing(name, host, info), checkCodecs(name, info.codecModeSupport), sessionPorts(name)];
}

async function askInfo(
  name: string,
  host: KnownHost,
  timeoutMs: number,
): Promise<{ info: ServerInfo | null; findings: Finding[] }> {
  const { address, httpPort, pairing } = host;
  const proof = pairing === null ? {} : { identity: pairing.identity, hostCertificate: pairing.certificate };
  try {
    const info = await new HostClient({ address, httpPort, ...proof }).serverInfo({ timeoutMs });
    const kind = info.appVersion.sunshine ? 'Sunshine or Wolf' : 'GameStream';
    return { info, findings: [ok(name, `${info.hostname}, version ${info.appVersion.text} (${kind})`)] };
  } catch (cause) {
    const { message, hint } = MoonshareError.from(cause);
    return { info: null, findings: [problem(name, message, hint)] };
  }
}

async function checkPorts(name: string, host: KnownHost, info: ServerInfo, limitMs: number): Promise<Finding[]> {
  const ports = [
    [info.httpsPort, 'HTTPS, for apps and launches'],
    [host.httpPort + RTSP_OFFSET, 'RTSP, to set up a stream'],
  ] as const;
  const outcomes = await Promise.all(ports.map(([port]) => tryTcp(host.address, port, limitMs)));
  return ports.map(([port, purpose], i) => {
    const said = `TCP ${port} (${purpose}): ${outcomes[i]}`;
    if (outcomes[i] === 'open') return ok(name, said);
    // Wolf listens for RTSP on this port always, Sunshine while a launch is under way in some versions.
    return problem(name, said, `Allow TCP ${port} at the host's firewall, or restart the host.`);
  });
}

function checkPairing(name: string, host: KnownHost, info: ServerInfo): Finding {
  const paired = host.paired ?? (host.pairing === null ? false : info.paired);
  if (paired) return ok(name, 'paired');
  const forgotten = host.pairing !== null;
  return problem(
    name,
    forgotten ? 'the host has forgotten the pairing' : 'not paired',
    `${host.paired === null ? 'Start the server, then' : 'Give'}: moonshare pair ${host.address}:${host.httpPort}`,
  );
}

function checkCodecs(name: string, bits: number): Finding {
  const codecs = [
    (bits & H264) !== 0 && 'H.264 (every browser)',
    (bits & HEVC) !== 0 && 'HEVC (Safari; Chrome and Edge with a hardware decoder)',
    (bits & AV1) !== 0 && 'AV1 (Chrome, Edge, Firefox)',
  ].filter((codec) => codec !== false);
  if ((bits & H264) !== 0) return ok(name, `encodes ${codecs.join(', ')}`);
  const offers = codecs.length === 0 ? 'nothing that is known here' : codecs.join(', ');
  return warning(name, `encodes ${offers}, but not H.264`, 'Allow H.264 at the host: it is what every browser plays.');
}

function sessionPorts(name: string): Finding {
  return unknown(name, 'UDP 47998 to 48000 (picture, control, sound) show only in a session: start a stream to see');
}

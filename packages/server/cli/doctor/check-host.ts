import { MoonshareError, type PairingInfo } from '@moonshare/contract';
import { bracketed, type ClientIdentity, HostClient, type ServerInfo } from '@moonshare/gamestream';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { tryTcp } from './ports.ts';

export interface KnownHost {
  address: string;
  httpPort: number;
  /** The pairing in the local database; null if there is none, or if a running server has the database. */
  pairing: { identities: ClientIdentity[]; certificate: string } | null;
  /** As reported by a running server; null without one. */
  certificates: PairingInfo['client_certificates'] | null;
}

/** Offsets from the HTTP port, protocol/1 §2. */
const RTSP_OFFSET = 21;
const FIRST_UDP_OFFSET = 9;
const LAST_UDP_OFFSET = 11;
/** Wolf's own settings, whatever its HTTP port. */
const WOLF_UDP = '47999, 48100, 48200';
/** Bits of ServerCodecModeSupport, protocol/1 §4. */
const H264 = 0x1;
const HEVC = 0x100 | 0x200;
const AV1 = 0x10000 | 0x20000;

/** Everything about one host, in the order in which it usually breaks. */
export async function checkHost(host: KnownHost, limitMs: number): Promise<Finding[]> {
  const name = `host ${bracketed(host.address)}:${host.httpPort}`;
  const http = await tryTcp(host.address, host.httpPort, limitMs);
  if (http !== 'open') {
    const fix = `Check that it is on, that the address is right and that no firewall blocks TCP ${host.httpPort}.`;
    return [problem(name, `TCP ${host.httpPort} (HTTP): ${http}`, fix)];
  }
  const { info, findings } = await askInfo(name, host, limitMs);
  if (info === null) return findings;
  findings.push(...(await checkPorts(name, host, info, limitMs)));
  const pairing = await checkPairing(name, host, limitMs);
  return [...findings, pairing, checkCodecs(name, info.codecModeSupport), sessionPorts(name, host.httpPort)];
}

async function askInfo(
  name: string,
  host: KnownHost,
  timeoutMs: number,
): Promise<{ info: ServerInfo | null; findings: Finding[] }> {
  try {
    const info = await new HostClient(host).serverInfo({ timeoutMs });
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
    // Wolf always listens for RTSP on this port, some versions of Sunshine only while a launch is in progress.
    return problem(name, said, `Allow TCP ${port} in the host's firewall, or restart the host.`);
  });
}

async function checkPairing(name: string, host: KnownHost, timeoutMs: number): Promise<Finding> {
  const { address, httpPort, pairing } = host;
  const running = host.certificates !== null;
  try {
    const { paired, free } = host.certificates ?? (await countCertificates(host, timeoutMs));
    if (paired > 0) return ok(name, `paired (${free} of ${paired} client certificates free)`);
  } catch (cause) {
    const { message, hint } = MoonshareError.from(cause);
    return problem(name, message, hint);
  }
  return problem(
    name,
    pairing === null ? 'not paired' : 'the host has forgotten the pairing',
    `${running ? 'Give' : 'Start the server, then'}: moonshare pair ${address}:${httpPort}`,
  );
}

/** Counts the certificates that the host accepts. Without a server, no streamer uses any of them. */
async function countCertificates(
  { address, httpPort, pairing }: KnownHost,
  timeoutMs: number,
): Promise<NonNullable<KnownHost['certificates']>> {
  let paired = 0;
  for (const identity of pairing?.identities ?? []) {
    const client = new HostClient({ address, httpPort, identity, hostCertificate: pairing!.certificate });
    try {
      await client.pairedServerInfo({ timeoutMs });
      paired++;
    } catch (error) {
      if (MoonshareError.from(error).code !== 'HOST_NOT_PAIRED') throw error;
    }
  }
  return { paired, free: paired };
}

function checkCodecs(name: string, bits: number): Finding {
  const codecs = [
    (bits & H264) !== 0 && 'H.264 (every browser)',
    (bits & HEVC) !== 0 && 'HEVC (Safari; Chrome and Edge with a hardware decoder)',
    (bits & AV1) !== 0 && 'AV1 (Chrome, Edge, Firefox)',
  ].filter((codec) => codec !== false);
  if ((bits & H264) !== 0) return ok(name, `encodes ${codecs.join(', ')}`);
  const offers = codecs.length === 0 ? 'no known codec' : codecs.join(', ');
  return warning(
    name,
    `encodes ${offers}, not H.264`,
    'Enable H.264 on the host: it is the codec that every browser plays.',
  );
}

function sessionPorts(name: string, httpPort: number): Finding {
  const sunshine = `UDP ${httpPort + FIRST_UDP_OFFSET} to ${httpPort + LAST_UDP_OFFSET}`;
  const ports = `${sunshine} (video, control, audio), by default on Wolf ${WOLF_UDP}`;
  return unknown(name, `${ports}: can only be checked during a session; start a stream to see`);
}

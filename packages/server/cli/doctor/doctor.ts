import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';
import { loadNative } from '@moonshare/webrtc';
import type { Settings } from '../../config/load.ts';
import type { Config } from '../../config/settings.ts';
import { loadTls, tlsExpiry } from '../../http/tls.ts';
import { viewerAddress } from '../../viewer-address.ts';
import { localUrl } from '../api-client.ts';
import { checkHost } from './check-host.ts';
import { checkIceServers, checkPublicAddress } from './check-ice.ts';
import { checkLastCrash } from './check-last-crash.ts';
import { checkProxy } from './check-proxy.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkUdpPorts } from './check-udp.ts';
import { checkHttpPort, checkHttps, checkMediaUpgrade, checkUpgrade } from './check-web.ts';
import { checkWebRtcStack } from './check-webrtc-stack.ts';
import { type Finding, ok, problem, unknown, warning } from './finding.ts';
import { knownHosts } from './known-hosts.ts';

/** How long each single check waits for an answer. */
const CHECK_LIMIT_MS = 3_000;
const SOON_MS = 7 * 24 * 3600 * 1000;

/** Everything that often breaks, one line each, with the fix. */
export async function examine(settings: Settings, limitMs = CHECK_LIMIT_MS): Promise<Finding[]> {
  const { config } = settings;
  const all = ownAddresses();
  const own = all.filter(({ internal }) => !internal).map(({ address }) => address);
  const { hosts, server } = await knownHosts(config, limitMs);
  const usesTcp = config.webrtcStack !== 'node-datachannel' && 'addon' in loadNative();
  const [web, udp, ice, ofHosts] = await Promise.all([
    checkWeb(config, server === 'runs' || server === 'refuses', limitMs),
    checkUdpPorts(config, { bind: viewerAddress(config.bind), own, limitMs, tcp: usesTcp }),
    checkIceServers(config, limitMs),
    Promise.all(hosts.map((host) => checkHost(host, limitMs))),
  ]);
  const publicAddress = checkPublicAddress(
    config,
    ice.mapped,
    all.map(({ address }) => address),
  );
  const findings = [
    ...checkSecrets(settings),
    ...web,
    checkWebRtcStack(config, loadNative()),
    ...udp,
    ...ice.findings,
    publicAddress,
    ...ofHosts.flat(),
    ...checkLastCrash(config),
  ];
  if (server === 'hidden') {
    const fix = 'Give this command the same PORT and MOONSHARE_BIND as the server, or MOONSHARE_SERVER_URL.';
    return [
      ...findings,
      problem('server', `one is using ${config.data}, but none answers at ${localUrl(config)}`, fix),
    ];
  }
  if (server === 'refuses') {
    const fix = 'Give this command the same MOONSHARE_CREDENTIALS as the server, or an API token in MOONSHARE_TOKEN.';
    return [...findings, unknown('hosts', 'the running server does not list its hosts without credentials', fix)];
  }
  if (hosts.length > 0) return findings;
  return [...findings, unknown('hosts', 'none is known', 'Set MOONSHARE_HOSTS, or: moonshare hosts add <address>')];
}

async function checkWeb(config: Config, running: boolean, limitMs: number): Promise<Finding[]> {
  const findings = [await checkHttpPort(config, running), checkHttps(config), ...checkCertificate(config)];
  const { publicUrl } = config;
  if (publicUrl !== undefined) {
    findings.push(...(await checkSockets(config, publicUrl, limitMs)));
    if (running) findings.push(...(await checkProxy(config, publicUrl, limitMs)));
    return findings;
  }
  // Our own certificate is not for the name 127.0.0.1; over plain HTTP nothing in between can go wrong.
  if (running && config.tlsCert === undefined) {
    findings.push(...(await checkSockets(config, localUrl(config), limitMs)));
  }
  return findings;
}

/** Both sockets of a viewer. If the peer socket does not get through, its finding says it all. */
async function checkSockets(config: Config, url: string, limitMs: number): Promise<Finding[]> {
  const first = await checkUpgrade(url, limitMs);
  return first.verdict === 'ok' ? [first, await checkMediaUpgrade(config, url, limitMs)] : [first];
}

function checkCertificate({ tlsCert, tlsKey }: Config): Finding[] {
  if (tlsCert === undefined || tlsKey === undefined) return [];
  const check = 'tls certificate';
  try {
    const expires = tlsExpiry(loadTls({ certificate: tlsCert, key: tlsKey }));
    const left = expires.getTime() - Date.now();
    const said = `valid until ${expires.toISOString()}`;
    if (left > SOON_MS) return [ok(check, said)];
    const fix = 'Renew it; the server picks up the new file by itself.';
    return [left > 0 ? warning(check, said, fix) : problem(check, `expired at ${expires.toISOString()}`, fix)];
  } catch (error) {
    const { message, hint } = error as Error & { hint?: string };
    return [problem(check, message, hint ?? '')];
  }
}

function ownAddresses(): NetworkInterfaceInfo[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  // Link-local addresses are of no use to browsers.
  return all.filter((address) => address.family === 'IPv4' || address.scopeid === 0);
}

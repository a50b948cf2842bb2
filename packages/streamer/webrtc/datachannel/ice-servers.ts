import type { IceServer } from '@moonshare/contract';
import type { IceServer as DatachannelIceServer } from 'node-datachannel';

const URL_FORM = /^(stun|turn):(\[[\da-f:.]+\]|[^:?[\]]+)(?::(\d{1,5}))?(?:\?transport=(\w+))?$/i;
const DEFAULT_PORT = 3478;

/** The servers our side can use too: STUN, and TURN over UDP (docs/webrtc.md). The others are for browsers only. */
export function datachannelIceServers(servers: readonly IceServer[]): DatachannelIceServer[] {
  return servers.flatMap(({ urls, username, credential }) =>
    urls.flatMap((url) => {
      const [, scheme, host, port, transport] = URL_FORM.exec(url) ?? [];
      if (scheme === undefined || host === undefined) return [];
      const server = { hostname: host.replace(/^\[|\]$/g, ''), port: Number(port ?? DEFAULT_PORT) };
      if (scheme.toLowerCase() === 'stun') return [server];
      if (transport !== undefined && transport.toLowerCase() !== 'udp') return [];
      return [{ ...server, username, password: credential, relayType: 'TurnUdp' as const }];
    }),
  );
}

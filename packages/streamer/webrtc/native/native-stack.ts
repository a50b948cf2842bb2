import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { IceServer, StreamerInit } from '@moonshare/contract';
import { type Endpoint, isAllowedAddress, localNetworks, WebRtcServer } from '@moonshare/webrtc';
import { portError } from '../../viewer/transport.ts';
import type { Connection, ConnectionEvents, WebRtcStack } from '../connection.ts';
import { NativeConnection } from './native-connection.ts';

const STUN_URL = /^stun:(\[[\da-f:.]+\]|[^:?[\]]+)(?::(\d{1,5}))?$/i;
const STUN_PORT = 3478;

/** `@moonshare/webrtc`. Needs its addon: `loadNative` says whether it is there. */
export class NativeStack implements WebRtcStack {
  readonly can = { transportNumbers: true, rtx: true };
  readonly #server: WebRtcServer;

  private constructor(server: WebRtcServer) {
    this.#server = server;
  }

  /** Takes the UDP port and makes the certificate. Throws PortTakenError if the port is not free. */
  static async create(options: StreamerInit['webrtc']): Promise<NativeStack> {
    const server = await WebRtcServer.create({
      port: options.udpPort,
      address: options.bindAddress,
      publicAddress: options.publicAddress,
      allows: (address) => isAllowedAddress(address, localNetworks()),
    }).catch((cause: unknown) => {
      throw portError(cause);
    });
    // Without a network it can take long to learn that a name is unknown: no viewer waits for it.
    void addressesOf(options.iceServers).then((servers) => server.askForAddress(servers));
    return new NativeStack(server);
  }

  get port(): number {
    return this.#server.port;
  }

  get tcpError(): unknown {
    return this.#server.tcpError;
  }

  get fingerprint(): string {
    return this.#server.fingerprint;
  }

  createConnection(_id: string, events: ConnectionEvents): Connection {
    return new NativeConnection(this.#server, events);
  }

  close(): void {
    this.#server.close();
  }
}

/** Of the STUN servers among them. One whose name is unknown is left out: there are other ways, and others. */
async function addressesOf(servers: readonly IceServer[]): Promise<Endpoint[]> {
  const found = servers
    .flatMap(({ urls }) => urls)
    .map(async (url): Promise<Endpoint[]> => {
      const [, name, port] = STUN_URL.exec(url) ?? [];
      if (name === undefined) return [];
      const host = name.replace(/^\[|\]$/g, '');
      const addresses = isIP(host) === 0 ? await lookup(host, { all: true }).catch(() => []) : [{ address: host }];
      return addresses.map(({ address }) => ({ address, port: Number(port ?? STUN_PORT) }));
    });
  return (await Promise.all(found)).flat();
}

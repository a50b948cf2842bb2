import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { MoonshareError, StreamerInit } from '@moonshare/contract';
import { createDtlsCertificate } from '@moonshare/webrtc';
import { IceUdpMuxListener, type RtcConfig } from 'node-datachannel';
import { PortTakenError, portError } from '../../viewer/transport.ts';
import type { Connection, ConnectionEvents, WebRtcStack } from '../connection.ts';
import type { Announcement } from './candidate-announcer.ts';
import { DatachannelConnection } from './datachannel-connection.ts';
import { datachannelIceServers } from './ice-servers.ts';

const PORT_ATTEMPTS = 5;

/** node-datachannel: libdatachannel with libjuice and usrsctp. */
export class DatachannelStack implements WebRtcStack {
  readonly port: number;
  readonly fingerprint: string;
  readonly tcpError = null;
  readonly can = { transportNumbers: false, rtx: false };
  readonly #config: RtcConfig;
  readonly #announcement: Announcement;
  /** Holds the port also while there is no viewer. */
  readonly #listener: IceUdpMuxListener;

  private constructor({ bindAddress, publicAddress, iceServers }: StreamerInit['webrtc'], listener: IceUdpMuxListener) {
    const { certificate, privateKey, fingerprint } = createDtlsCertificate();
    const port = listener.port();
    const anyAddress = bindAddress === undefined || bindAddress === '0.0.0.0' || bindAddress === '::';
    this.port = port;
    this.#announcement = { port, publicAddress, anyAddress };
    this.fingerprint = fingerprint;
    this.#listener = listener;
    this.#config = {
      iceServers: datachannelIceServers(iceServers),
      disableAutoNegotiation: true,
      forceMediaTransport: true,
      enableIceUdpMux: true,
      portRangeBegin: port,
      portRangeEnd: port,
      maxMessageSize: 65_536,
      certificatePemFile: certificate,
      keyPemFile: privateKey,
      ...(bindAddress === undefined ? {} : { bindAddress }),
    };
  }

  /** Takes the UDP port and makes the certificate. Throws PortTakenError if the port is not free. */
  static async create(options: StreamerInit['webrtc']): Promise<DatachannelStack> {
    return new DatachannelStack(options, await takePort(options.udpPort, options.bindAddress));
  }

  createConnection(id: string, events: ConnectionEvents): Connection {
    return new DatachannelConnection(id, this.#config, this.#announcement, events);
  }

  close(): void {
    this.#listener.stop();
  }
}

async function takePort(udpPort: number, bindAddress: string | undefined): Promise<IceUdpMuxListener> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return new IceUdpMuxListener(udpPort === 0 ? await freeUdpPort(bindAddress) : udpPort, bindAddress);
    } catch (cause) {
      // Someone may take a free port between the search and its use.
      if (udpPort !== 0 || attempt === PORT_ATTEMPTS) throw await reasonFor(udpPort, bindAddress, cause);
    }
  }
}

/** The library does not say why: a socket of Node does. */
async function reasonFor(udpPort: number, bindAddress: string | undefined, cause: unknown): Promise<MoonshareError> {
  return freeUdpPort(bindAddress, udpPort).then(
    () => new PortTakenError(cause),
    (error) => portError(error),
  );
}

/** A UDP port that is currently free, on all addresses or on one; or `port`, if it is. Rejects with an error of Node. */
export async function freeUdpPort(address: string | undefined, port = 0): Promise<number> {
  const socket = createSocket(address?.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, address);
    await once(socket, 'listening');
    return socket.address().port;
  } finally {
    socket.close();
  }
}

import { networkInterfaces } from 'node:os';
import type { Endpoint } from '../address.ts';
import { createDtlsCertificate, type DtlsCertificate } from '../dtls/certificate.ts';
import { RtpFanout } from '../fanout/rtp-fanout.ts';
import { hostCandidates, type LocalCandidate } from '../ice/candidate.ts';
import type { Path } from '../ice/path.ts';
import { type ReflexiveEvent, ReflexiveGatherer } from '../ice/reflexive-gatherer.ts';
import { IceRouter, type StunParty } from '../ice/router.ts';
import { type Datagram, UdpSocket } from '../socket/udp-socket.ts';
import { Driver } from './driver.ts';
import { MediaQueue } from './media-queue.ts';
import { Peer, type PeerOptions } from './peer.ts';
import { type SentKind, TcpListener } from './tcp-listener.ts';

export interface WebRtcServerOptions {
  /** UDP, and TCP where it is free. 0: any, free on both if there is one. */
  port: number;
  /** The address of this machine to listen at; undefined: all. */
  address?: string | undefined;
  /** Announced instead of this machine's addresses: a NAT that keeps ports. */
  publicAddress?: string | undefined;
  /** Whether packets may be sent to an address on a browser's word. */
  allows(address: string): boolean;
}

/** Whoever gets datagrams of the shared port. */
interface Party extends StunParty {
  receive(datagram: Uint8Array, path: Path): void;
  pathClosed(connection: number): void;
}

/** Any port will do, so one that another program has on TCP is left for another, so often. */
const PORT_ATTEMPTS = 8;
const ALL = '::';
const ALL_OF_IPV4 = '0.0.0.0';

/** WebRTC peers that share one UDP port, one TCP port of the same number, and one certificate. Needs the addon (`loadNative`). */
export class WebRtcServer {
  readonly #options: WebRtcServerOptions;
  readonly #certificate: DtlsCertificate = createDtlsCertificate();
  readonly #router = new IceRouter<Party>();
  readonly #socket: UdpSocket;
  readonly #fanout: RtpFanout;
  readonly #queue: MediaQueue;
  #isClosed = false;
  readonly #peers = new Set<Peer>();
  #gatherer: Driver<ReflexiveEvent> | null = null;
  #reflexive: LocalCandidate[] = [];
  #tcp: TcpListener<Party> | null = null;
  #tcpError: unknown = null;

  private constructor(options: WebRtcServerOptions) {
    this.#options = options;
    const { address = ALL, port } = options;
    this.#socket = UdpSocket.bind({ address, port, receive: (batch) => this.#receive(batch) });
    this.#fanout = new RtpFanout(this.#socket, (handle, packets) => {
      for (const peer of this.#peers) if (peer.handle === handle) peer.refused(packets);
    });
    this.#queue = new MediaQueue(this.#fanout);
  }

  /** Throws errors with the codes of Node, as EADDRINUSE, if the UDP port is not free. */
  static async create(options: WebRtcServerOptions): Promise<WebRtcServer> {
    for (let attempt = 1; ; attempt++) {
      const server = new WebRtcServer(options);
      await server.#listenOnTcp();
      const isTaken = (server.#tcpError as NodeJS.ErrnoException | null)?.code === 'EADDRINUSE';
      if (!isTaken || options.port !== 0 || attempt === PORT_ATTEMPTS) return server;
      server.close();
    }
  }

  /** A way more, for networks without UDP: it is no fault if another program has that port. */
  async #listenOnTcp(): Promise<void> {
    const { address } = this.#options;
    try {
      this.#tcp = await TcpListener.listen<Party>({
        port: this.port,
        // Node falls back to IPv4 only if it may choose itself.
        address: address === ALL ? undefined : address,
        router: this.#router,
        datagram: (party, path, datagram) => party.receive(datagram, path),
        ended: (party, connection) => party.pathClosed(connection),
      });
    } catch (error) {
      this.#tcpError = error;
    }
  }

  get port(): number {
    return this.#socket.port;
  }

  /** Why browsers cannot come over TCP, an error of Node; null: they can. */
  get tcpError(): unknown {
    return this.#tcpError;
  }

  /** Of the certificate, as in SDP: `sha-256 AB:CD:...` */
  get fingerprint(): string {
    return this.#certificate.fingerprint;
  }

  /** Asks these STUN servers for our address outside, from now on; all peers are told. Call once; nothing happens if it is closed. */
  askForAddress(stunServers: readonly Endpoint[]): void {
    if (!this.#isClosed && stunServers.length > 0) this.#gatherer = this.#gather(stunServers);
  }

  /** A peer that is to be started. */
  connect(options: PeerOptions): Peer {
    const peer: Peer = new Peer(options, {
      certificate: this.#certificate,
      candidates: () => [...this.#hostCandidates(), ...this.#reflexive],
      allows: this.#options.allows,
      queue: this.#queue,
      fanout: this.#fanout,
      send: (path, datagram, kind) => this.#send(path, datagram, kind),
      validated: (path) => this.#router.validated(peer, path),
      renamed: () => this.#router.update(peer),
      leaves: () => {
        this.#peers.delete(peer);
        this.#router.remove(peer);
        this.#tcp?.left(peer);
      },
    });
    this.#peers.add(peer);
    this.#router.add(peer);
    return peer;
  }

  /** Closes all peers. The port is free when the event loop has turned. A second call does nothing. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const peer of [...this.#peers]) peer.close();
    this.#gatherer?.stop();
    this.#tcp?.close();
    this.#queue.close();
    this.#fanout.close();
    this.#socket.close();
  }

  #receive(batch: readonly Datagram[]): void {
    for (const { data, from, to } of batch) {
      const path: Path = { protocol: 'udp', local: { address: to, port: this.port }, remote: from };
      this.#router.route(data, path)?.receive(data, path);
    }
  }

  #send(path: Path, datagram: Uint8Array, kind: SentKind = 'other'): boolean {
    if (path.protocol === 'tcp') return this.#tcp?.send(path.connection!, datagram, kind) ?? false;
    return this.#socket.send(datagram, path.remote, path.local.address);
  }

  #hostCandidates(): LocalCandidate[] {
    const { publicAddress } = this.#options;
    const tcp = this.#tcp !== null;
    const { port } = this;
    return hostCandidates({
      addresses: this.#addresses(),
      port,
      tcp,
      ...(publicAddress === undefined ? {} : { publicAddress }),
    });
  }

  /** Of this machine, IPv4 first, loopback last. */
  #addresses(): string[] {
    const { address } = this.#options;
    if (address !== undefined && address !== ALL && address !== ALL_OF_IPV4) return [address];
    const all = Object.values(networkInterfaces()).flatMap((interfaces) => interfaces ?? []);
    const rank = ({ internal, family }: (typeof all)[number]) => (internal ? 2 : family === 'IPv4' ? 0 : 1);
    return all
      .filter(({ family }) => address !== ALL_OF_IPV4 || family === 'IPv4')
      .sort((a, b) => rank(a) - rank(b))
      .map(({ address: text }) => text);
  }

  #gather(servers: readonly Endpoint[]): Driver<ReflexiveEvent> {
    const bases = this.#addresses().map((address) => ({ address, port: this.port }));
    const gatherer = new ReflexiveGatherer({ servers, bases });
    const driver = new Driver<ReflexiveEvent>(
      gatherer,
      (event) => {
        if (event.type === 'send') this.#send(event.path, event.datagram);
        else this.#learned(event.candidate);
      },
      () => driver.stop(),
    );
    this.#router.add({
      ufrags: gatherer.ufrags,
      transactionTag: gatherer.transactionTag,
      receive: (datagram, path) => driver.run((now) => gatherer.receive(datagram, path, now)),
      pathClosed: () => {},
    });
    driver.run((now) => gatherer.advance(now));
    return driver;
  }

  #learned(candidate: LocalCandidate): void {
    this.#reflexive = [...this.#reflexive.filter(({ base }) => base.address !== candidate.base.address), candidate];
    for (const peer of this.#peers) peer.announce([candidate]);
  }
}

import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Limits the damage of a mistake in a test. */
const MAX_FLOWS = 64;

/** What would wait longer on a slow line is lost, as in many routers. */
const QUEUE_MS = 500;

type Kind = 'tcp' | 'udp';
interface Flow {
  kind: Kind;
  /** Nothing passes any more in either direction, and neither side is notified. */
  isCut: boolean;
  close(): void;
}

/**
 * The network between a browser and a server on this machine, which all traffic of the page goes through: TCP and UDP, on one port number.
 * To the server, a browser whose address changes is one whose connections all fall silent and that opens new ones.
 */
export class Relay {
  readonly #flows = new Set<Flow>();
  readonly #line = new Line();
  #isUdpBlocked = false;
  readonly #tcp: Server;
  readonly #udp: UdpSocket;

  private constructor(tcp: Server, udp: UdpSocket) {
    this.#tcp = tcp;
    this.#udp = udp;
  }

  /** `address`: of this machine, where browsers find the relay. */
  static async start(serverPort: number, mediaPort: number, address = '127.0.0.1'): Promise<Relay> {
    for (;;) {
      const tcp = createServer();
      tcp.listen(0, address);
      await once(tcp, 'listening');
      const udp = createSocket('udp4');
      udp.bind((tcp.address() as AddressInfo).port, address);
      try {
        await once(udp, 'listening');
      } catch {
        tcp.close();
        continue;
      }
      const relay = new Relay(tcp, udp);
      tcp.on('connection', (browser) => relay.#carryTcp(browser, serverPort));
      relay.#carryUdp(mediaPort);
      return relay;
    }
  }

  /** The same page, through this relay. */
  through(link: string): string {
    const { address, port } = this.#tcp.address() as AddressInfo;
    return Object.assign(new URL(link), { hostname: address, port: String(port) }).href;
  }

  /** Open connections fall silent; those opened from now on get through. */
  move(...kinds: Kind[]): void {
    for (const flow of this.#flows) if (kinds.length === 0 || kinds.includes(flow.kind)) flow.isCut = true;
  }

  /** No datagram gets through in either direction until further notice, as behind many firewalls. */
  blockUdp(isBlocked: boolean): void {
    this.#isUdpBlocked = isBlocked;
  }

  /** Datagrams to browsers get through no faster than this, kbit/s, until further notice; null: as fast as they come. */
  narrowUdp(kbps: number | null): void {
    this.#line.kbps = kbps;
  }

  /** All TCP connections are reset, as when a proxy in between restarts. */
  reset(): void {
    for (const flow of this.#flows) if (flow.kind === 'tcp') flow.close();
  }

  async close(): Promise<void> {
    for (const flow of [...this.#flows]) flow.close();
    this.#line.close();
    this.#udp.close();
    await new Promise((resolve) => this.#tcp.close(resolve));
  }

  #carryTcp(browser: Socket, port: number): void {
    const server = connect(port, '127.0.0.1');
    const flow: Flow = {
      kind: 'tcp',
      isCut: false,
      close: () => {
        this.#flows.delete(flow);
        browser.destroy();
        server.destroy();
      },
    };
    this.#add(flow);
    for (const [from, to] of [
      [browser, server],
      [server, browser],
    ] as const) {
      from.on('data', (data) => this.#passes(flow) && to.write(data));
      from.on('error', () => undefined);
      from.on('close', () => !flow.isCut && flow.close());
    }
  }

  #carryUdp(port: number): void {
    const upstream = new Map<number, { socket: UdpSocket; flow: Flow }>();
    this.#udp.on('message', (datagram, from) => {
      let way = upstream.get(from.port);
      if (way === undefined) {
        const socket = createSocket('udp4');
        const flow: Flow = { kind: 'udp', isCut: false, close: () => this.#flows.delete(flow) && socket.close() };
        way = { socket, flow };
        upstream.set(from.port, way);
        this.#add(flow);
        socket.on('message', (answer) => {
          const send = () => this.#passes(flow) && this.#udp.send(answer, from.port, from.address);
          this.#line.carry(answer.length, send);
        });
      }
      if (this.#passes(way.flow)) way.socket.send(datagram, port, '127.0.0.1');
    });
  }

  #passes({ kind, isCut }: Flow): boolean {
    return !isCut && !(kind === 'udp' && this.#isUdpBlocked);
  }

  #add(flow: Flow): void {
    if (this.#flows.size >= MAX_FLOWS) throw new Error('more connections through the relay than a test needs');
    this.#flows.add(flow);
  }
}

/** What one datagram after the other goes over. */
class Line {
  kbps: number | null = null;
  readonly #queue: { at: number; deliver: () => void }[] = [];
  #freeAt = 0;
  #timer: NodeJS.Timeout | null = null;

  carry(bytes: number, deliver: () => void): void {
    const now = performance.now();
    const startsAt = Math.max(now, this.#freeAt);
    if (startsAt - now > QUEUE_MS) return;
    this.#freeAt = startsAt + (this.kbps === null ? 0 : (bytes * 8) / this.kbps);
    this.#queue.push({ at: this.#freeAt, deliver });
    if (this.#timer === null) this.#deliver();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #deliver(): void {
    this.#timer = null;
    const now = performance.now();
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (next.at > now) {
        this.#timer = setTimeout(() => this.#deliver(), next.at - now);
        return;
      }
      this.#queue.shift();
      next.deliver();
    }
  }
}

/** Runs in the page: the only route to the server's media is the relay, where the page came from. */
export function mediaThroughRelay(): void {
  const add = RTCPeerConnection.prototype.addIceCandidate;
  RTCPeerConnection.prototype.addIceCandidate = async function (this: RTCPeerConnection, given?: RTCIceCandidateInit) {
    const candidate = given?.candidate ?? '';
    if (!candidate.includes(' 127.0.0.1 ')) return;
    const moved = candidate.replace(/ 127\.0\.0\.1 \d+ /, ` ${location.hostname} ${location.port} `);
    await Reflect.apply(add, this, [{ ...given, candidate: moved }]);
  } as typeof add;
}
